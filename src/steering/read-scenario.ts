import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { money, ZERO } from '../domain/money.js';
import { adoptedOrder, orderFromTemplate } from './order-from-template.js';
import type { Call, OrderTemplate, Scenario } from './scenario.js';
import { scenarioSchema } from './scenario-schema.js';
import { NotAccepted, parseDelay, parseError } from './words.js';

/** A scenario file that cannot be used; the message names file, line and reason. */
export class BrokenScenario extends Error {
  override readonly name = 'BrokenScenario';
}

type Raw = z.infer<typeof scenarioSchema>;

/** Reads one scenario file. Throws `BrokenScenario`. */
export function readScenario(name: string, file: string, yaml: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const broken = (offset: number, reason: string) =>
    new BrokenScenario(`${file}:${lines.linePos(offset).line}: ${reason}`);

  const [mistake] = document.errors;
  if (mistake) throw broken(mistake.pos[0], mistake.message);

  const offsetOf = (path: readonly PropertyKey[]): number => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
    return path.length > 0 ? offsetOf(path.slice(0, -1)) : 0;
  };

  const result = scenarioSchema.safeParse(document.toJS());
  if (!result.success) {
    const [issue] = result.error.issues as [z.core.$ZodIssue];
    const place = issue.path.join('.');
    throw broken(offsetOf(issue.path), place ? `${place}: ${issue.message}` : issue.message);
  }

  const { purpose, order, calls, examples } = result.data;
  const template = order && orderTemplate(order);
  const scenario = { name, purpose, order: template, calls: calls.map(readCall), examples };
  if (template) {
    const contradiction = contradictionIn(scenario, template);
    if (contradiction) throw broken(offsetOf(['order']), contradiction);
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

function readCall({ times, error, delay, fault, phase, refuse }: Raw['calls'][number]): Call {
  return {
    times: times === 'always' ? Number.POSITIVE_INFINITY : times,
    phase,
    ...(error !== undefined && { error: accepted(parseError(error)) }),
    ...(delay !== undefined && { delay: accepted(parseDelay(delay)) }),
    ...(fault !== undefined && { fault }),
    ...(refuse !== undefined && { refuse }),
  };
}

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
      return `order: state is ${template.state}, its cancels lead to ${own.state}`;
    const adopted = adoptedOrder(name, template, {
      orderNo: template.orderNo,
      currency: template.currency,
      items: template.lines,
      returnRequestId: '1',
    });
    return adopted.state === template.state
      ? undefined
      : `order.adopts: state is ${template.state}, an adopted order would be ${adopted.state}`;
  } catch (error) {
    return `order: ${error instanceof Error ? error.message : String(error)}`;
  }
}
