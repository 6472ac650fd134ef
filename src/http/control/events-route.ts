import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { FeedEvent, Happening } from '../../app/event-feed.js';
import { writeOrderState } from '../../app/journal.js';
import { resultCodeOf } from '../../app/verify.js';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import type { ControlContext, ControlEnv } from './control-call.js';

/** A comment this often keeps proxies from closing a silent stream. */
const ALIVE_MS = 15_000;

/** A reader that is so many events behind gets a `gap` in place of them. */
const MAX_BEHIND = 500;

type Message = FeedEvent | 'gap' | 'alive';

/** What is sent of a happening. */
export interface Sent {
  readonly event: string;
  readonly data: string;
}

/** What happens in the workspace as server-sent events: `request`, `order`, `webhook`, `reset`. */
export const eventsRoute = (c: ControlContext): Response =>
  eventStream(c, (happening) => ({ event: happening.type, data: writeExact(dataOf(happening)) }));

/**
 * Server-sent events of a workspace, each as `write` has it; what it leaves out is not sent. `Last-Event-ID`, or
 * `after` where a reader comes for the first time, goes on where a reader stopped. The stream ends when the server
 * stops or the reader leaves.
 */
export function eventStream<E extends ControlEnv>(
  c: Context<E>,
  write: (happening: Happening) => Sent | undefined,
  after?: string,
): Response {
  const { services, world } = c.var;
  const { timers, closing, workspaces } = services;
  const lastId = c.req.header('last-event-id') ?? after;
  c.header('X-Accel-Buffering', 'no');
  c.header('X-Sandbox-Workspace', world.workspace);
  return streamSSE(c, async (stream) => {
    const ended = new AbortController();
    const waiting: Message[] = [];
    let wake = () => {};
    const end = () => {
      ended.abort();
      wake();
    };
    const push = (message: Message) => {
      if (waiting.length >= MAX_BEHIND) waiting.splice(0, waiting.length, 'gap');
      waiting.push(message);
      wake();
    };
    stream.onAbort(end);
    closing.addEventListener('abort', end);
    const { missed, end: unread } = await workspaces.follow(world.workspace, lastId, push);
    // What came while the missed were read may be among them.
    const known = new Set(missed?.map((event: FeedEvent) => event.id));
    const later = waiting.filter((one) => typeof one === 'string' || !known.has(one.id));
    waiting.splice(0, waiting.length, ...(missed ?? (['gap'] as const)), ...later);
    void keepAlive();
    while (!ended.signal.aborted) {
      const message = waiting.shift();
      if (message) await send(message);
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    unread();
    closing.removeEventListener('abort', end);

    async function keepAlive(): Promise<void> {
      while (!ended.signal.aborted) {
        await timers.sleep(ALIVE_MS, ended.signal);
        if (!ended.signal.aborted && waiting.length === 0) push('alive');
      }
    }

    async function send(message: Message): Promise<void> {
      if (message === 'alive') await stream.write(': alive\n\n');
      else if (message === 'gap') await stream.writeSSE({ event: 'gap', data: '{}' });
      else {
        const { id, happening } = message;
        const sent = write(happening);
        if (sent) await stream.writeSSE({ id, ...sent });
      }
    }
  });
}

function dataOf(happening: Happening): Writable {
  switch (happening.type) {
    case 'reset':
      return {};
    case 'order':
      return { orderNo: happening.orderNo, state: happening.state };
    case 'webhook': {
      const { id, eventType, orderNo, state, latest } = happening;
      return {
        id,
        eventType,
        orderNo,
        state,
        attempt: latest?.attempt ?? null,
        status: latest?.status ?? null,
        error: latest?.error ?? null,
      };
    }
    case 'request': {
      const { entry } = happening;
      return {
        requestId: entry.requestId,
        receivedAt: entry.receivedAt,
        operation: entry.operation ?? null,
        orderNo: entry.orderNo ?? null,
        rule: entry.rule ?? null,
        status: entry.answer?.status ?? null,
        resultCode: resultCodeOf(entry) ?? null,
        orderState: entry.orderState ? writeOrderState(entry.orderState) : null,
        received: entry.delivery.received,
        applied: entry.applied as unknown as Writable,
      };
    }
  }
}
