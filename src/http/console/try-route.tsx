import { sandboxStore } from '../../app/credentials.js';
import type { JournalEntry } from '../../app/journal.js';
import { signatureOf } from '../../app/signature.js';
import type { World } from '../../app/world.js';
import type { Order } from '../../domain/order.js';
import { sandboxHeaders } from '../call/answer.js';
import { entryOf } from '../call/call.js';
import { cancelOperation } from '../call/cancel-operation.js';
import { ConnectionLost } from '../call/deliver-in-process.js';
import { handleCall } from '../call/handle.js';
import { explainCall } from '../control/explain-route.js';
import type { CallInput } from '../request.js';
import type { Services } from '../services.js';
import { steeringWords } from '../steering.js';
import { setOut } from './code.js';
import { type ConsoleContext, orderOf, readForm, show } from './console-call.js';
import type { Form } from './forms.js';
import { filledFrom, type Outcome, TryPage } from './try.js';

/** Of an order that is not known: a scenario may make it of this cancel. */
const EXAMPLE = {
  totalCancelAmount: 3000,
  items: [{ seq: 1, itemType: 'PHYSICAL', itemId: 'P001', quantity: 1, amount: 3000, taxAmount: 0 }],
};

/** A cancel to be tried, filled from its order, or a recorded one. */
export async function tryPage(c: ConsoleContext): Promise<Response> {
  const { page, world, services } = c.var;
  const asked = c.req.query();
  const recorded = asked.call === undefined ? undefined : world.journal.find(asked.call);
  const orderNo = recorded?.orderNo ?? asked.orderNo ?? services.baseScenario.order?.orderNo ?? '';
  const order = await orderOf(c, orderNo);
  const filled = order && !recorded ? filledFrom(order, asked) : undefined;
  const body = recorded?.request.body ?? filled?.body ?? JSON.stringify({ orderNo, ...EXAMPLE });
  const isShort = filled?.isShort ?? false;
  return show(
    c,
    <TryPage
      page={page}
      orderNo={orderNo}
      order={order}
      asked={asked}
      body={setOut(body)}
      isShort={isShort}
    />,
  );
}

/** Explains or sends the cancel of the form. */
export async function tryCancel(c: ConsoleContext): Promise<Response> {
  const form = await readForm(c);
  const { body = '' } = form;
  const page = { ...c.var.page, form };
  const bytes = new TextEncoder().encode(body.replaceAll('\r\n', '\n'));
  const orderNo = /"orderNo"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  const named = orderNo === undefined ? undefined : textOf(orderNo);
  const order = named === undefined ? undefined : await orderOf(c, named);
  const headers = headersFrom(form, c.var.services, bytes, order);
  const outcome = form.do === 'explain' ? await explained(c, headers, bytes) : await sent(c, headers, bytes);
  return show(
    c,
    <TryPage
      page={page}
      orderNo={named}
      order={order}
      asked={{}}
      body={body}
      isShort={false}
      outcome={outcome}
    />,
  );
}

function textOf(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

/** The headers of a cancel that the page sends; it signs with the published key of the built-in store only. */
function headersFrom(
  form: Form,
  { digests }: Services,
  bytes: Uint8Array,
  order: Order | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    accept: 'application/json',
    'user-agent': 'ebp-sandbox console',
  };
  for (const word of steeringWords) {
    const value = form[word];
    if (value !== undefined) headers[`x-sandbox-${word}`] = value;
  }
  if (form.sign !== 'true') return headers;
  const { storeId, division, channels, hashKey, accessKeys } = sandboxStore;
  return {
    ...headers,
    'content-length': String(bytes.length),
    'x-access-key': accessKeys[0]?.key ?? '',
    'x-ebp-signature': signatureOf(digests, bytes, hashKey),
    'x-division-code': division,
    'x-store-id': storeId,
    'x-channel-code': channels[0] ?? '',
    'x-ric-code': 'KIC',
    'x-country-code': 'KR',
    'x-currency-code': order?.currency ?? 'KRW',
  };
}

const inputOf = ({ workspace }: World, headers: Record<string, string>): CallInput => ({
  method: 'POST',
  target: `/w/${workspace}/api/v2/${cancelOperation.path}`,
  headers,
  query: new URLSearchParams(),
  path: { workspace },
});

async function explained(
  c: ConsoleContext,
  headers: Record<string, string>,
  bytes: Uint8Array,
): Promise<Outcome> {
  const { services, world } = c.var;
  const { call, fault } = await explainCall(services, world, inputOf(world, headers), bytes);
  const entry = entryOf(call);
  const { answer } = entry;
  const added = services.sandboxHeaders && sandboxHeaders(call);
  const whole = answer && { ...answer, headers: { ...answer.headers, ...added } };
  return { entry: { ...entry, answer: whole }, isExplained: true, fault };
}

/** How long the page waits for a response once a call was decided: a drip comes in that time, a hang never does. */
export const PATIENCE_MS = 10_000;

/** A call as any client's, but in process: it commits, counts, spends what is armed, and stands in the journal. */
async function sent(
  c: ConsoleContext,
  headers: Record<string, string>,
  bytes: Uint8Array,
): Promise<Outcome | undefined> {
  const { services, world } = c.var;
  const { timers, closing } = services;
  const over = new AbortController();
  const client = new AbortController();
  const giveUp = () => client.abort();
  let last: JournalEntry | undefined;
  const listener = {
    answered: (_: unknown, entry: JournalEntry) => {
      last = entry;
      void timers.sleep(PATIENCE_MS, AbortSignal.any([closing, over.signal])).then(giveUp);
    },
    delivered: (_: unknown, entry: JournalEntry) => {
      last = entry;
    },
  };
  const noted = { ...services, listeners: [...services.listeners, listener] };
  const request = new Request('http://sandbox', {
    method: 'POST',
    body: bytes as Uint8Array<ArrayBuffer>,
    signal: client.signal,
  });
  try {
    const input = inputOf(world, headers);
    const response = await handleCall(noted, cancelOperation, { input, request });
    await response.arrayBuffer();
  } catch (error) {
    // A lost response is what was asked for; its entry tells of it.
    if (!(error instanceof ConnectionLost) && !client.signal.aborted) throw error;
  } finally {
    over.abort();
  }
  return last && { entry: last, isExplained: false };
}
