import type { CheckName } from './check.js';

/** A piece of load: cancels spread over many orders, in rounds, so that no order has two under way. */
export interface Job {
  readonly port: number;
  /** `{workspace}` in it stands for the number of one of `workspaces`, each in turn. */
  readonly path: string;
  readonly workspaces: number;
  readonly orders: OrderRange;
  readonly cancels: number;
  readonly connections: number;
  /** So many a second, whether those before are answered or not; without it as many as can be. */
  readonly perSecond?: number | undefined;
  readonly check: CheckName;
}

export interface OrderRange {
  readonly first: number;
  /** From one order to the next. */
  readonly stride: number;
  readonly count: number;
}

export interface Measured {
  /** Those that count, and the seconds they took together. */
  readonly cancels: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Part of its core that the generator used: near 1 it may be what limits. */
  readonly generatorBusy: number;
}

/** What the generator says of a job: measured only if every answer was right. */
export type JobResult = { readonly measured: Measured } | { readonly failure: string };

export const perSecond = ({ cancels, seconds }: Measured): number => cancels / seconds;
