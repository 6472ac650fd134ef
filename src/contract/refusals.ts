import type { Refusal as DomainRefusal } from '../domain/refusal.js';

/** Why a value does not fit the schema of EBP_API_232 §2.2. */
export type Expected =
  | 'object'
  | 'items'
  | 'string'
  | 'text'
  | 'account-number'
  | 'item-type'
  | 'positive-integer'
  | 'amount'
  | 'positive-amount'
  | 'bounded-number';

interface FrameFacts {
  'request.method': { readonly method: string; readonly allowed: string };
  'request.media-type': { readonly received: string | undefined };
  'body.json': { readonly reason: string; readonly line: number; readonly column: number };
  /** `received` is undefined where the field is missing or null. */
  'body.schema': { readonly expected: Expected; readonly received: string | undefined };
}

export type FrameRule = keyof FrameFacts;

export type FrameRefusal = {
  [R in FrameRule]: {
    readonly rule: R;
    /** A field of the body, or the name of a header where it starts with `header `. */
    readonly field: string;
    readonly facts: FrameFacts[R];
  };
}[FrameRule];

export type SchemaRefusal = Extract<FrameRefusal, { rule: 'body.schema' }>;

/** Every refusal that can be answered: of the frame around a request, or of the domain. */
export type Refusal = FrameRefusal | DomainRefusal;

export type RefusalRule = Refusal['rule'];
