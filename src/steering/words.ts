import {
  failureCodes,
  isAnswerStatus,
  isOfUnlistedClass,
  isUnlisted,
  type ResultCode,
  type UnlistedCode,
} from '../contract/error-table.js';
import { type Fault, faults } from './faults.js';
import type { Latency } from './latency.js';

/** An answer to give instead of deciding, or in place of what was decided. */
export interface InjectedError {
  readonly resultCode: ResultCode | UnlistedCode;
  /** HTTP status; left out, it is the result code's own. */
  readonly status?: number | undefined;
}

/** Milliseconds to wait; the same number twice for a fixed delay. */
export interface Delay {
  readonly min: number;
  readonly max: number;
}

export const phases = ['before', 'after'] as const;
export type Phase = (typeof phases)[number];

/** Authentication failures that a scenario can bring about, whatever the caller sent: its key `refuse`. */
export const simulatedAuthFailures = [
  'headers.required',
  'access-key.known',
  'access-key.valid',
  'signature.valid',
] as const;
export type SimulatedAuthFailure = (typeof simulatedAuthFailures)[number];

/** The trouble one request meets. */
export interface Trouble {
  readonly error?: InjectedError;
  /** A latency comes from scenarios only. */
  readonly delay?: Delay | Latency;
  readonly fault?: Fault;
  readonly phase?: Phase;
  /** Answered instead of deciding, as production would; scenarios only. */
  readonly refuse?: SimulatedAuthFailure;
}

/** A value that is not accepted, with the values that are. */
export class NotAccepted {
  readonly accepted: readonly string[];
  constructor(accepted: readonly string[]) {
    this.accepted = accepted;
  }
}

export const MAX_DELAY_MS = 600_000;

/** Nobody may inject a success that did not happen. */
const errorForms = [
  ...failureCodes,
  'CODE@STATUS with a STATUS from 200 to 599 that has a body, such as EBP-C-0010@200',
  'EBP-D-NNNN and EBP-E-NNNN, classes of which no page lists a code, such as EBP-D-0001',
  'a code of another class that no page lists, with its STATUS, such as EBP-C-0099@400',
];

/** `EBP-C-0010`, or `EBP-C-0010@200` to answer it with another HTTP status; also codes that no page lists. */
export function parseError(value: string): InjectedError | NotAccepted {
  const [, code = '', status] = /^([^@]*)(?:@([2-5]\d\d))?$/.exec(value) ?? [];
  const isKnown = isFailureCode(code);
  if (!isKnown && !isUnlisted(code)) return new NotAccepted(errorForms);
  // Of a published class, a code without a status is a slip rather than one that nobody lists.
  if (!isKnown && status === undefined && !isOfUnlistedClass(code)) return new NotAccepted(errorForms);
  if (status && !isAnswerStatus(Number(status))) return new NotAccepted(errorForms);
  return { resultCode: code, status: status ? Number(status) : undefined };
}

/** `1500` milliseconds, or a range such as `500-1500`. */
export function parseDelay(value: string): Delay | NotAccepted {
  const [, min, max = min] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(value) ?? [];
  const delay = { min: Number(min), max: Number(max) };
  if (delay.min <= delay.max && delay.max <= MAX_DELAY_MS) return delay;
  return new NotAccepted([`milliseconds from 0 to ${MAX_DELAY_MS}`, 'a range such as 500-1500']);
}

export const parseFault = (value: string): Fault | NotAccepted =>
  faults.find((fault) => fault === value) ?? new NotAccepted(faults);

export const parsePhase = (value: string): Phase | NotAccepted =>
  phases.find((phase) => phase === value) ?? new NotAccepted(phases);

const isFailureCode = (code: string): code is ResultCode => failureCodes.some((known) => known === code);

/**
 * How the server treats mandatory headers, access key, signature and currency: `strict` refuses as production
 * does, `lenient` accepts and warns, `off` does not look (reading R20).
 */
export const modes = ['lenient', 'strict', 'off'] as const;
export type Mode = (typeof modes)[number];

export const parseMode = (value: string): Mode | NotAccepted =>
  modes.find((mode) => mode === value) ?? new NotAccepted(modes);
