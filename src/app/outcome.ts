import type { Writable } from '../contract/json/write-exact.js';
import type { Refusal } from '../contract/refusals.js';
import type { Rule } from '../contract/rule-table.js';
import type { Order } from '../domain/order.js';

/** What came of a call of the EBP API. */
export interface Outcome {
  /** The rule that decided. */
  readonly rule: Rule;
  /** All refusals that hold; the answer names those of the rule that decided. */
  readonly refusals: readonly Refusal[];
  /** The data of a success. */
  readonly data?: Writable;
  readonly before?: Order | undefined;
  readonly after?: Order | undefined;
}

/** The outcome of a call that was refused by the first of these. */
export function refused(refusals: readonly Refusal[], order?: Order): Outcome {
  const [first] = refusals;
  if (!first) throw new Error('A refusal without a reason');
  return { rule: first.rule, refusals, before: order, after: order };
}
