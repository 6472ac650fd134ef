/**
 * Calls that come in one turn of the event loop are worked off together at its end, and their answers leave together:
 * the same code runs over all of them while it is at hand, and clients are woken once for many answers.
 *
 *     A, B, C: received ──┐ end of the turn ── A, B, C: decided ──┐ nothing left to do ── answers of A, B, C leave
 */

let received: Promise<void> | undefined;
const answers: (() => void)[] = [];

/** Resolves once everything is received that came in this turn. */
export function allReceived(): Promise<void> {
  received ??= new Promise((resolve) =>
    setImmediate(() => {
      received = undefined;
      resolve();
    }),
  );
  return received;
}

/** Sends an answer once every call is decided that can be without another wait. */
export function leaveTogether(send: () => void): void {
  if (answers.push(send) > 1) return;
  process.nextTick(() => {
    for (const send of answers.splice(0)) send();
  });
}
