/** An answer was wrong or a server failed: there is nothing to measure. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
