import type { World } from '../../app/world.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { sandboxHeaders } from '../call/answer.js';
import { type Answered, answerCall } from '../call/answer-call.js';
import type { Call } from '../call/call.js';
import { cancelOperation } from '../call/cancel-operation.js';
import { newCall } from '../call/receive.js';
import { bodyTooLarge } from '../problems.js';
import { readBody } from '../read-body.js';
import { type CallInput, readInput } from '../request.js';
import type { Services } from '../services.js';
import type { ControlContext } from './control-call.js';
import { refusalView } from './entry-view.js';
import { orderView } from './order-view.js';
import { json } from './respond.js';

/** The answer that this cancel would get now, and why. */
export async function explainRoute(c: ControlContext): Promise<Response> {
  const { services, world } = c.var;
  const { bytes } = await readBody(c.req.raw, c.env?.incoming);
  if (!bytes) throw bodyTooLarge();
  const { call, fault } = await explainCall(services, world, readInput(c), bytes);
  return json(explanation(call, fault ?? null));
}

/**
 * The way of a cancel without committing: nothing is counted, spent or journaled, no number or id is used up, no
 * delay is waited for.
 */
export async function explainCall(
  services: Services,
  world: World,
  input: CallInput,
  bytes: Uint8Array,
): Promise<Answered> {
  await world.storage();
  const now = services.clock.now();
  const asked = newCall(
    services,
    world,
    cancelOperation,
    // The control plane takes any media type, so that a plain `curl -d` is explained too.
    { ...input, headers: { ...input.headers, 'content-type': 'application/json' } },
    {
      number: now / 1_000_000n,
      startedAt: now,
      receivedAt: world.clock.now(),
      bytes,
      bodyBytes: bytes.length,
      outgoing: undefined,
      signal: undefined,
      commits: false,
    },
  );
  return answerCall(asked, undefined);
}

function explanation(call: Call, fault: string | null): Writable {
  const { answer, order, rule, services } = call;
  const after = order && (order.after ?? order.before);
  return {
    answer: answer
      ? {
          status: answer.status,
          headers: {
            'Content-Type': answer.contentType,
            ...answer.headers,
            ...(services.sandboxHeaders && sandboxHeaders(call)),
          },
          body: answer.body,
        }
      : null,
    fault,
    rule: rule ?? null,
    refusals: call.refusals.map(refusalView),
    ...(call.hint && { hint: call.hint as unknown as Writable }),
    warnings: call.warnings as unknown as Writable,
    orderState: order && after ? { before: order.before.state, after: after.state } : null,
    order: order && after ? { before: orderView(order.before), after: orderView(after) } : null,
    applied: call.steering.applied as unknown as Writable,
    armed: call.armed?.id ?? null,
  };
}
