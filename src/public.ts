import type { Fault } from './steering/faults.js';

export type { Fault };

/**
 * What a sandbox is started with: the settings of the command line, by the names of their flags in camel case.
 * Neither the environment nor a configuration file is read.
 *
 * @example
 * const sandbox = createSandbox({ scenario: 'captured', mode: 'strict' });
 */
export interface SandboxOptions {
  /**
   * The directory that keeps the orders. Without it and `store` everything is kept in memory and gone after `stop`.
   * @example await startSandbox({ data: './sandbox-data' })
   */
  data?: string;
  /**
   * The Redis that several sandboxes share, or `memory`.
   * @example await startSandbox({ store: 'redis://127.0.0.1:6379/0' })
   */
  store?: string;
  /** `true` keeps everything in memory, which is the default here. */
  memory?: boolean;
  /** The directory of your own scenario files, beside the built-in ones. */
  scenarios?: string;
  /** The directory of your own checklists, beside the built-in one. */
  checklists?: string;
  /**
   * The default scenario of every workspace.
   * @example createSandbox({ scenario: 'captured' }) // every order number exists, captured
   */
  scenario?: string;
  /**
   * A file of orders that every workspace knows: YAML, JSON or CSV.
   * @example await startSandbox({ orders: './orders.csv' })
   */
  orders?: string;
  /** Headers, access key and signature: `lenient` (default) warns, `strict` rejects, `off` does not look. */
  mode?: Mode;
  /** Alternative readings of the specification by name: `specification` (default). */
  profile?: string;
  /** The alternative taken for single readings, over the profile. */
  switches?: Readonly<Record<string, string>>;
  /** Another result code and HTTP status for single rules. */
  rules?: Readonly<Record<string, unknown>>;
  /** Further stores with their keys; the published one is always there. */
  stores?: readonly object[];
  /** `true` leaves the `X-Sandbox-*` headers out of the responses. */
  noSandboxHeaders?: boolean;
  /**
   * A path below which every call answers too, as behind an ingress.
   * @example createSandbox({ basePath: '/payments' })
   */
  basePath?: string;
  /** How many workspaces there may be; default 10,000. */
  maxWorkspaces?: number;
  /** How many orders one workspace may hold; default 1,000,000. */
  maxOrders?: number;
  /** How many calls may wait, for a delay, in a hang, for a verification or a webhook; default 10,000. */
  maxWaiting?: number;
  /** How long a workspace stays without a call, such as `12h` or `7d` (default). */
  workspaceTtl?: string;
}

/** Options of a sandbox that listens on a port. */
export interface ServerOptions extends SandboxOptions {
  /** The TCP port, 0 for any free one; default 4232. */
  port?: number;
  /** The address to listen on; default 127.0.0.1. */
  host?: string;
  /** Who may use the control plane: `open` (default on a loopback address), `token` (default with a token) or `off`. */
  control?: 'open' | 'token' | 'off';
  /** The token that the control plane asks for; `workspace(name)` sends it. */
  controlToken?: string;
  /** Host names that lead to this sandbox, beside IP addresses and names that nobody else can own. */
  allowedHosts?: readonly string[];
  /** The certificate and the private key, files in PEM: with them the server speaks HTTPS. */
  tlsCert?: string;
  tlsKey?: string;
  /** The authority whose client certificates are accepted, a file in PEM; without it no certificate is asked for. */
  tlsClientCa?: string;
  /** How many connections there may be at a time; default 10,000. */
  maxConnections?: number;
  /** How many bytes of bodies, without the first 16 KiB of each, the calls in flight may hold together; default 67,108,864. */
  maxBodyBytesInFlight?: number;
}

export type Mode = 'lenient' | 'strict' | 'off';

/** A sandbox in this process, without a port. */
export interface Sandbox {
  /**
   * Answers a request as a server would answer it. It takes what `fetch` takes, so it can stand in for `fetch`; a path
   * alone will do. Host, Content-Length and Accept are added as `fetch` would send them.
   *
   * Faults behave as over a connection: `reset` and `close` reject with a `TypeError` whose `cause.code` is
   * `ECONNRESET` or `UND_ERR_SOCKET`, `truncate` breaks off in the body, `hang` lasts until the signal of the request
   * gives up, `drip` streams.
   *
   * @example
   * const response = await sandbox.fetch('/api/v2/payment/cancel', {
   *   method: 'POST',
   *   headers: { 'Content-Type': 'application/json' },
   *   body: JSON.stringify(cancel),
   * });
   */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>;
  /**
   * An isolated world of orders, by its name; it is made on first use. Take one for each test.
   * @example const workspace = sandbox.workspace('checkout');
   */
  workspace(name: string): Workspace;
  /** Cuts injected waits, finishes what is in flight and lets go of the directory. */
  stop(): Promise<void>;
}

/** A sandbox that listens on a port of this machine. */
export interface RunningSandbox {
  /** `http://HOST:PORT` with the port that was really taken. */
  readonly url: string;
  /** An isolated world of orders, by its name; it is made on first use. */
  workspace(name: string): Workspace;
  /** Finishes what is in flight, and lets go of port and directory. */
  stop(): Promise<void>;
}

/**
 * The control plane of one workspace. Each method is one HTTP call; its result is the JSON of the response.
 * A mistake rejects with {@link SandboxProblem}.
 */
export interface Workspace {
  readonly name: string;
  /**
   * The base URL of this workspace, for a client under test.
   * @example new PaymentClient({ baseUrl: workspace.url }) // posts to `${baseUrl}/api/v2/payment/cancel`
   */
  readonly url: string;
  readonly orders: Orders;
  readonly arm: Arm;
  readonly clock: Clock;
  readonly requests: Requests;
  /**
   * Asserts how many calls there were; without a number, at least one. Rejects where it does not hold.
   * @example await workspace.verify({ match: { orderNo, rule: 'accepted' }, exactly: 1 });
   */
  verify(verification: Verification): Promise<{ count: number; requestIds: string[] }>;
  readonly snapshot: Snapshots;
  /** Back to fresh: orders, counters, defaults, armed rules, clock and journal of this workspace. */
  reset(): Promise<void>;
}

/** Called, it lists the orders. */
export interface Orders {
  (page?: {
    limit?: number;
    cursor?: string;
    orderNo?: string;
  }): Promise<{
    orders: Order[];
    next: string | null;
  }>;
  /**
   * Creates an order; what is not said is made up.
   * @example const { orderNo } = await workspace.orders.create({ state: 'AUTHORIZED' });
   */
  create(order?: OrderWish): Promise<Order>;
  get(orderNo: string): Promise<Order>;
  /** AUTHORIZED to CAPTURED. */
  capture(orderNo: string): Promise<Order>;
  delete(orderNo: string): Promise<void>;
}

export interface OrderWish {
  orderNo?: string;
  /** A scenario to make the order from, in place of `state`. */
  scenario?: string;
  state?: 'AUTHORIZED' | 'CAPTURED';
  /** ISO 4217; default KRW. */
  currency?: string;
  paymentMethod?: string;
  /** Date and time with offset. */
  orderedAt?: string;
  /** Lines; `amount` and `taxAmount` are per unit. */
  items?: readonly Partial<Item>[];
  /** The same seed makes up the same values. */
  seed?: number;
  /** `true` replaces an order that exists. */
  replace?: boolean;
}

export interface Item {
  seq: number;
  itemType: string;
  itemId: string;
  quantity: number;
  amount: number;
  taxAmount?: number;
}

export type OrderState = 'AUTHORIZED' | 'CAPTURED' | 'PARTIALLY_REFUNDED' | 'REFUNDED' | 'VOIDED';

export interface Order {
  orderNo: string;
  state: OrderState;
  statusCode: string;
  currency: string;
  paymentMethod: string;
  orderedAt: string;
  totalAmount: number;
  cancelledAmount: number;
  remainingAmount: number;
  items: (Item & {
    cancelledAmount: number;
    remainingAmount: number;
    cancelledTaxAmount: number;
    remainingTaxAmount: number;
  })[];
  cancels: {
    returnRequestId: string;
    requestId: string;
    at: string;
    totalCancelAmount: number;
    items: Item[];
  }[];
  scenario: string | null;
}

/**
 * Called, it arms trouble for the next calls that fit.
 * @example await workspace.arm({ orderNo: 'ORD20251224001', fault: 'reset', phase: 'after' });
 */
export interface Arm {
  (rule: Rule): Promise<ArmedRule>;
  (rules: readonly Rule[]): Promise<{ armed: ArmedRule[] }>;
  /** All armed rules, spent ones included: `completed` is false where the trouble was never met. */
  list(): Promise<{ armed: ArmedRule[] }>;
  delete(id: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Rule {
  /** An order number; `*` stands for anything. Without it every order. */
  orderNo?: string;
  operation?: 'cancel' | 'detail';
  scenario?: string;
  /** A result code, or one with a status: `EBP-C-0010@200`. */
  error?: string;
  /** Milliseconds, or a range: `500-1500`. */
  delay?: number | string;
  fault?: Fault;
  phase?: 'before' | 'after';
  /** How many calls meet it; default 1. */
  times?: number | 'always';
}

export interface ArmedRule extends Rule {
  id: string;
  remaining: number | 'always';
  hits: number;
  completed: boolean;
}

/** Called, it reads the clock of the workspace. */
export interface Clock {
  (): Promise<ClockState>;
  set(clock: { now?: string; frozen?: boolean }): Promise<ClockState>;
  /** @example await workspace.clock.advance(15 * 60_000); */
  advance(ms: number): Promise<ClockState & { ran: unknown[] }>;
}

export interface ClockState {
  /** ISO 8601 with up to nine decimals. */
  now: string;
  frozen: boolean;
}

/** Called, it reads the journal, the newest entry first. */
export interface Requests {
  (filter?: RequestFilter): Promise<{ requests: JournalEntry[]; next: string | null }>;
  get(requestId: string): Promise<JournalEntry>;
  clear(): Promise<void>;
}

export interface RequestFilter {
  limit?: number;
  cursor?: string;
  orderNo?: string;
  rule?: string;
  status?: number;
  resultCode?: string;
  operation?: 'cancel' | 'detail';
  received?: 'pending' | 'complete' | 'part' | 'nothing';
  since?: string;
}

export interface JournalEntry {
  requestId: string;
  receivedAt: string;
  operation: string | null;
  orderNo: string | null;
  request: { method: string; path: string; headers: Record<string, string>; body: string; bodyBytes: number };
  correlation: Record<string, string>;
  /** What steered the call, each word with its channel. */
  applied: { word: string; value: string; via: string }[];
  /** The rule that decided, with its operands. */
  rule: { rule: string; explanation: string; operands: unknown } | null;
  refusals: { rule: string; field: string; explanation: string; operands: unknown }[];
  orderState: { before: OrderState; after: OrderState } | null;
  warnings: { warning: string; message: string }[];
  answer: { status: number; contentType: string; headers?: Record<string, string>; body: string } | null;
  answerIs: 'decision' | 'injected' | 'sandbox';
  /** How much of the response the client got. */
  delivery: {
    received: 'pending' | 'complete' | 'part' | 'nothing';
    bodyBytes: number;
    connection?: 'reset' | 'closed' | 'client-left' | 'half-closed';
  };
  durationMs: number | null;
}

export interface Verification {
  match: {
    orderNo?: string;
    operation?: 'cancel' | 'detail';
    rule?: string;
    resultCode?: string;
    status?: number;
    /** `REFUNDED`, or a change such as `CAPTURED->REFUNDED`. */
    orderState?: string;
    received?: 'complete' | 'part' | 'nothing';
    applied?: Record<string, string>;
  };
  exactly?: number;
  atLeast?: number;
  atMost?: number;
  /** Waits up to so many milliseconds. */
  within?: number;
}

/**
 * Called, it returns the workspace as one document.
 * @example await sandbox.workspace('copy').snapshot.restore(await workspace.snapshot());
 */
export interface Snapshots {
  (): Promise<unknown>;
  /** Replaces the workspace by such a document. */
  restore(snapshot: unknown): Promise<void>;
}
