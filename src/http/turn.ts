/**
 * Calls that come in one turn of the event loop are worked off together at its end, and their answers leave together:
 * the same code runs over all of them while it is at hand, and clients are woken once for many answers.
 *
 *     A, B, C: received ──┐ end of the turn ── A, B, C: decided ──┐ nothing left to do ── answers of A, B, C leave
 */

let received: Promise<void> | undefined;
let decided: Promise<void> | undefined;

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

/** Resolves once every call is decided that can be without another wait. */
export function allDecided(): Promise<void> {
  decided ??= new Promise((resolve) =>
    process.nextTick(() => {
      decided = undefined;
      resolve();
    }),
  );
  return decided;
}
