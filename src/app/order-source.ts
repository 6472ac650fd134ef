import type { CancelRequest } from '../domain/cancel-request.js';
import type { Order } from '../domain/order.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import { adoptionOrder, builtOrder, needsInvention, placeholder, templateOrder } from './build-order.js';
import type { Inventor, OrderWish } from './order-wish.js';
import { type KnownOrders, onward, type Soon } from './ports.js';
import type { ReturnNumbers } from './return-numbers.js';

/** A scenario with an order part was named for an order that was made otherwise. */
export class ScenarioConflict extends Error {
  override readonly name = 'ScenarioConflict';

  constructor(orderNo: string, madeFrom: string | undefined, scenario: string, isOfFile: boolean) {
    const origin = isOfFile ? 'the orders file' : madeFrom ? `scenario ${madeFrom}` : 'no scenario';
    super(
      `Order ${JSON.stringify(orderNo)} was made from ${origin} and cannot follow scenario ${scenario}. ` +
        (isOfFile
          ? 'Name no scenario, or take another order number.'
          : 'Reset the workspace, or take another workspace or order number.'),
    );
  }
}

/** What orders are made from where no scenario steers. */
export interface Origins {
  /** The scenario named `captured`. */
  readonly baseScenario: Scenario;
  readonly knownOrders: KnownOrders;
  readonly inventor: Inventor;
}

/** The order of a number that every workspace knows, as it is made when the number is first mentioned. */
export function knownOrder(
  origins: Origins,
  orderNo: string,
  numbers: ReturnNumbers,
): Soon<Order | undefined> {
  const wish = origins.knownOrders.wish(orderNo);
  return wish && madeUp(origins, orderNo, wish, numbers);
}

async function madeUp(
  { baseScenario, inventor }: Origins,
  orderNo: string,
  wish: OrderWish,
  numbers: ReturnNumbers,
): Promise<Order> {
  const invention = needsInvention(wish) ? await inventor([wish.seed ?? seedOf(orderNo)]) : placeholder;
  return builtOrder(wish, baseScenario, invention, numbers);
}

/** What is made up for an order of the file is the same in every workspace (FNV-1a over the number). */
function seedOf(orderNo: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < orderNo.length; at += 1) hash = Math.imul(hash ^ orderNo.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Where the order of a number comes from when the number is first mentioned. */
export class OrderSource {
  readonly #name: string;
  readonly #template: OrderTemplate | undefined;
  readonly #adopts: boolean;
  readonly #origins: Origins;

  constructor(scenario: Scenario | undefined, origins: Origins) {
    const { name, order } = scenario?.order ? scenario : origins.baseScenario;
    this.#origins = origins;
    this.#name = name;
    this.#template = order;
    this.#adopts = scenario !== undefined;
  }

  /**
   * The order of a number that is there before any cancel: one that every workspace knows, whatever scenario
   * steers; the scenario's own, with its past behind it; the sample order where no scenario steers.
   */
  ownOrder(orderNo: string, numbers: ReturnNumbers): Soon<Order | undefined> {
    return onward(knownOrder(this.#origins, orderNo, numbers), (known) => {
      if (known || this.#template?.orderNo !== orderNo) return known;
      return templateOrder(this.#name, this.#template, numbers);
    });
  }

  /** The currency that an unknown number would get; `undefined` where it is not adopted. */
  adoptionCurrency(requested: string | undefined): string | undefined {
    return this.#adopts ? (requested ?? this.#template?.currency) : undefined;
  }

  /** The order that an unknown number becomes by its first cancel that adds up. */
  adopt(
    { orderNo, items }: Pick<CancelRequest, 'orderNo' | 'items'>,
    currency: string,
    numbers: ReturnNumbers,
  ) {
    const template = this.#adopted();
    // Only an accepted cancel teaches a learning order, the first as any other.
    const lines = template.adopts.learning ? [] : items;
    return adoptionOrder(this.#name, { ...template, orderNo, currency }, lines, numbers);
  }

  #adopted(): OrderTemplate {
    if (!this.#template) throw new Error(`Scenario ${this.#name} has no order`);
    return this.#template;
  }
}
