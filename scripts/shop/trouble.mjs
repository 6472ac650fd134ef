// The trouble that the shop's gateway makes, armed in the sandbox before it is met.
import { faultTable } from '../../build/steering/faults.js';
import { control } from './sandbox.mjs';

const phases = ['before', 'after'];

/** Every fault in each phase, errors and delays. */
const cards = phases.flatMap((phase) => [
  ...Object.keys(faultTable).map((fault) => ({ fault, phase })),
  { error: 'EBP-C-0010', phase },
  { error: 'EBP-C-0011@200', phase },
  { error: 'EBP-E-0001', phase },
  { delay: '100-1500', phase },
  { delay: '200', fault: 'gateway-timeout', phase },
]);

/** A gateway that is down answers everybody so. */
const outages = [
  'reset',
  'close',
  'bad-gateway',
  'unavailable',
  'gateway-timeout',
  'bad-gateway-json',
  'rate-limited',
];

const named = ({ delay, error, fault, phase }) =>
  [delay && 'delay', error, fault, phase].filter(Boolean).join(' ');

export class Trouble {
  #url;
  #deck = [];
  /** Rules that are armed, by id. */
  #armed = new Map();
  /** How many calls met each card. */
  met = new Map(cards.map((card) => [named(card), 0]));
  outages = 0;

  constructor(url) {
    this.#url = url;
  }

  /** Arms the next card for the cancels of an order, now and then one for its payment/detail too. */
  async arm(orderNo, chance) {
    const rules = [{ ...this.#draw(chance), orderNo, times: chance.oneIn(5) ? chance.between(2, 3) : 1 }];
    if (chance.oneIn(4)) {
      const { fault = 'close', phase } = this.#draw(chance);
      rules.push({ fault, phase, orderNo, operation: 'detail' });
    }
    await this.#post(rules);
  }

  /** The gateway goes down for the next calls of everybody. */
  async goDown(chance) {
    this.outages += 1;
    const fault = chance.of(outages);
    const phase = chance.of(phases);
    await this.#post([
      { fault, phase, times: chance.between(3, 12) },
      { fault, phase, operation: 'detail', times: chance.between(3, 12) },
    ]);
  }

  /** Counts what was met, and takes away rules that are spent or of an order that needs them no more. */
  async tidy(orderNo) {
    const { json } = await control(this.#url, 'GET', 'arm');
    for (const { id, hits, completed, ...rule } of json.armed) {
      if (!this.#armed.has(id) || !(completed || rule.orderNo === orderNo)) continue;
      const card = this.#armed.get(id);
      this.#armed.delete(id);
      await control(this.#url, 'DELETE', `arm/${id}`);
      this.met.set(card, (this.met.get(card) ?? 0) + hits);
    }
  }

  async #post(rules) {
    const { json } = await control(this.#url, 'POST', 'arm', rules);
    json.armed.forEach(({ id }, index) => {
      this.#armed.set(id, named(rules[index]));
    });
  }

  /** Each card once, then all again in another order. */
  #draw(chance) {
    if (this.#deck.length === 0) this.#deck = chance.some(cards.length, cards);
    return this.#deck.pop();
  }
}
