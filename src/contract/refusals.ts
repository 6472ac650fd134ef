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

/** The slip that explains a wrong signature. */
export type SignatureSlip =
  | 'reserialized-body'
  | 'numbers-written-anew'
  | 'body-without-last-line-break'
  | 'body-with-one-more-line-break'
  | 'upper-case-hex'
  | 'base64'
  | 'hmac-instead-of-digest'
  | 'message-without-hash-key'
  | 'hash-key-first'
  | 'hash-key-of-another-store';

/** The common headers whose values are published (reading R28). */
export type ValidHeader = 'Accept' | 'Content-Encoding' | 'X-Ric-Code' | 'X-Country-Code' | 'X-Currency-Code';

interface FrameFacts {
  /** `isChunked`: the body came in chunks, which have no Content-Length. */
  'headers.required': { readonly header: string; readonly isChunked?: boolean };
  'headers.valid': { readonly header: ValidHeader; readonly received: string };
  /** `mismatch` names the header that does not fit the key; without it, no store has the key. */
  'access-key.known': { readonly mismatch: string | undefined };
  /** ISO 8601 in UTC. */
  'access-key.valid': { readonly expiredAt: string };
  'signature.valid': {
    /** Bytes of the body as sent, which come before the hash key. */
    readonly hashedBytes: number;
    /** `undefined` where the hash key is a secret: the sandbox must not sign for anybody. */
    readonly expected: string | undefined;
    readonly received: string;
    readonly slip: SignatureSlip | undefined;
  };
  'request.method': { readonly method: string; readonly allowed: string };
  'request.media-type': { readonly received: string | undefined };
  /** Line 0 is no place: the body as a whole is not what was asked for. */
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
