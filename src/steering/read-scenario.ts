import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { money, ZERO } from '../domain/money.js';
import { ImpossibleOrder } from '../domain/order.js';
import type { Latency } from './latency.js';
import { adoptedOrder, orderFromTemplate } from './order-from-template.js';
import type { Call, OrderTemplate, Scenario } from './scenario.js';
import { scenarioSchema } from './scenario-schema.js';
import type { WebhookCourse } from './webhook-trouble.js';
import { NotAccepted, parseDelay, parseError } from './words.js';
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

  const { value } = source;
  const result = scenarioSchema.safeParse(value, { error: accepts });
  if (!result.success) {
    // A misspelt key is the reason why the right one is missing, so it comes first.
    const issues = result.error.issues.map(innermost);
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? (issues[0] as Issue);
    const place =
      issue.code === 'unrecognized_keys'
        ? source.placeOfKey(issue.path, issue.keys[0] ?? '')
        : source.place(issue.path);
    throw broken(place, reasonOf(issue, value));
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

type Issue = z.core.$ZodIssue;

/** Of a value that may be of several kinds, the mistake inside the kind that it is most like. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().find(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  return inner ? innermost({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'keys with values',
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
};

/** What would be accepted, where the schema itself does not say it. */
function accepts(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.join(', ');
    case 'too_small':
      if (issue.origin === 'string') return 'a text that is not empty';
      return issue.origin === 'array'
        ? 'a list that is not empty'
        : `a whole number, ${issue.minimum} or more`;
    case 'too_big':
      return `a number of at most ${issue.maximum}`;
    case 'invalid_union':
      return issue.errors.map(([first]: Issue[]) => first?.message).join(', or ');
    default:
      return 'another value';
  }
}

/** `order.state "CAPTURD" is not accepted, did you mean CAPTURED? accepted: AUTHORIZED, …` */
function reasonOf(issue: Issue, file: unknown): string {
  const place = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  const { message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return `${place || 'a scenario'} has no key ${JSON.stringify(key)}, did you mean ${closest(key, message.split(', '))}? accepted: ${message}`;
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
    file,
  );
  if (issue.code === 'custom' && typeof value === 'object') return place ? `${place}: ${message}` : message;
  if (value === undefined) return `${place || 'the file'} is missing; accepted: ${message}`;
  const nearest =
    issue.code === 'invalid_value' && typeof value === 'string'
      ? `, did you mean ${closest(value, issue.values.map(String))}?`
      : ';';
  return `${place || 'the file'} ${shown(value)} is not accepted${nearest} accepted: ${message}`;
}

/** A value as a message shows it: on one line, and not for pages. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
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
