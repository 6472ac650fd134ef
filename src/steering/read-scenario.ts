import type { z } from 'zod';
import { money, ZERO } from '../domain/money.js';
import { ImpossibleOrder } from '../domain/order.js';
import type { Latency } from './latency.js';
import { adoptedOrder, orderFromTemplate } from './order-from-template.js';
import type { Call, OrderTemplate, Scenario } from './scenario.js';
import { scenarioSchema } from './scenario-schema.js';
import type { WebhookCourse } from './webhook-trouble.js';
import { NotAccepted, parseDelay, parseError } from './words.js';
import { accepts, mistakeIn } from './yaml-mistakes.js';
import { YamlSource } from './yaml-source.js';

/** A scenario file that cannot be used; the message names file, line, column, the value and what is accepted. */
export class BrokenScenario extends Error {
  override readonly name = 'BrokenScenario';
}

type Raw = z.infer<typeof scenarioSchema>;

/** Reads one scenario file. Throws `BrokenScenario`. */
export function readScenario(name: string, file: string, yaml: string): Scenario {
  const source = new YamlSource(yaml);
  const broken = (place: string, reason: string) => new BrokenScenario(`${file}:${place}: ${reason}`);
  if (source.mistake) throw broken(source.mistake.place, source.mistake.reason);

  const result = scenarioSchema.safeParse(source.value, { error: accepts });
  if (!result.success) {
    const { place, reason } = mistakeIn(result.error, source, 'a scenario');
    throw broken(place, reason);
  }

  const { purpose, order, calls, webhooks, examples } = result.data;
  const template = order && orderTemplate(order);
  const scenario = {
    name,
    purpose: typeof purpose === 'string' ? { en: purpose, ko: purpose } : purpose,
    order: template,
    calls: calls.map(readCall),
    ...(webhooks && { webhooks: readWebhooks(webhooks) }),
    examples,
  };
  if (template) {
    const contradiction = contradictionIn(scenario, template);
    if (contradiction) throw broken(source.place(['order']), contradiction);
  }
  return scenario;
}

function orderTemplate({
  items,
  cancels,
  adopts,
  headroom = 1,
  ...order
}: NonNullable<Raw['order']>): OrderTemplate {
  return {
    ...order,
    lines: items.map((item) => ({
      ...readLine(item),
      seq: BigInt(item.seq),
      cancelledAmount: ZERO,
      cancelledTaxAmount: ZERO,
    })),
    cancels: cancels.map(({ at, items }) => ({
      at: new Date(at).toISOString(),
      items: items.map((item) => ({ ...readLine(item), seq: BigInt(item.seq) })),
    })),
    adopts:
      adopts === 'learning'
        ? { requestedCancelled: false, further: [], learning: { headroom: BigInt(headroom) } }
        : {
            requestedCancelled: adopts.requested === 'cancelled',
            further: adopts.further.map((item) => ({ ...readLine(item), cancelled: item.cancelled })),
          },
  };
}

type RawLine = Exclude<NonNullable<Raw['order']>['adopts'], string>['further'][number];

const readLine = ({ itemType, itemId, quantity, amount, taxAmount }: Omit<RawLine, 'cancelled'>) => ({
  itemType,
  itemId,
  quantity: BigInt(quantity),
  amount: money(amount),
  taxAmount: money(taxAmount),
});

const readLatency = ({ median, p99, seed }: NonNullable<Raw['calls'][number]['latency']>): Latency => ({
  median: Number(median),
  p99: Number(p99),
  ...(seed !== undefined && { seed }),
});

function readCall({ times, error, delay, latency, fault, phase, refuse }: Raw['calls'][number]): Call {
  return {
    times: times === 'always' ? Number.POSITIVE_INFINITY : times,
    phase,
    ...(error !== undefined && { error: accepted(parseError(error)) }),
    ...(delay !== undefined && { delay: accepted(parseDelay(delay)) }),
    ...(latency && { delay: readLatency(latency) }),
    ...(fault !== undefined && { fault }),
    ...(refuse !== undefined && { refuse }),
  };
}

const readWebhooks = ({ trouble, refund }: NonNullable<Raw['webhooks']>): WebhookCourse => ({
  refund,
  trouble: trouble && {
    ...trouble,
    delay: trouble.delay === undefined ? undefined : accepted(parseDelay(trouble.delay)),
  },
});

/** The schema has let it through already. */
function accepted<T>(value: T | NotAccepted): T {
  if (value instanceof NotAccepted) throw new Error(`Not accepted: ${value.accepted.join(', ')}`);
  return value;
}

/** The past that a file tells must lead to the state it names, for its own order and for an adopted one. */
function contradictionIn({ name }: Scenario, template: OrderTemplate): string | undefined {
  try {
    const numbers = template.cancels.map((_, index) => `${index + 1}`);
    const own = orderFromTemplate(name, template, numbers);
    if (own.state !== template.state)
      return `order.state is ${template.state}, but its cancels lead to ${own.state}: change the one or the others`;
    const adopted = adoptedOrder(name, template, {
      orderNo: template.orderNo,
      currency: template.currency,
      items: template.lines,
      returnRequestId: '1',
    });
    return adopted.state === template.state
      ? undefined
      : `order.state is ${template.state}, but order.adopts makes orders that are ${adopted.state}: change one of the two`;
  } catch (error) {
    if (!(error instanceof ImpossibleOrder)) throw error;
    return `order: ${error.message}`;
  }
}
