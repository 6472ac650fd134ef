import type { Arm, Clock, Orders, Requests, Rule, Snapshots, Workspace } from './public.js';

/** The sandbox refused a call of the control plane; the message says why and what to do. */
export class SandboxProblem extends Error {
  override readonly name = 'SandboxProblem';
  readonly status: number;
  /** The problem document (RFC 9457) as it came. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(`${problem.title ?? `HTTP ${status}`}: ${problem.detail ?? 'no detail'}`);
    this.status = status;
    this.problem = problem;
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The control plane of a workspace over HTTP: `fetch` reaches the sandbox that serves at `base`, and `token` is what its
 * control plane asks for.
 */
export function workspaceClient(fetch: Fetch, base: string, name: string, token?: string): Workspace {
  const url = `${base}/w/${encodeURIComponent(name)}`;

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new SandboxProblem(response.status, json ?? {});
    return json as T;
  }
  const get = <T>(path: string) => call<T>('GET', path);
  const post = <T>(path: string, body?: unknown) => call<T>('POST', path, body);
  const put = <T>(path: string, body: unknown) => call<T>('PUT', path, body);
  const remove = (path: string) => call<void>('DELETE', path);
  const at = (path: string, id: string) => `${path}/${encodeURIComponent(id)}`;

  const list: Called<Orders> = (page) => get(`orders${queryOf(page)}`);
  const armOne = (rule: Rule | readonly Rule[]) => post('arm', rule);
  const now: Called<Clock> = () => get('clock');
  const journal: Called<Requests> = (filter) => get(`requests${queryOf(filter)}`);
  const snapshot: Called<Snapshots> = () => get('snapshot');
  return {
    name,
    url,
    orders: Object.assign(list, {
      create: (order = {}) => post('orders', order),
      get: (orderNo) => get(at('orders', orderNo)),
      capture: (orderNo) => post(`${at('orders', orderNo)}/capture`),
      delete: (orderNo) => remove(at('orders', orderNo)),
    } satisfies Members<Orders>),
    arm: Object.assign(armOne as Called<Arm>, {
      list: () => get('arm'),
      delete: (id) => remove(at('arm', id)),
      clear: () => remove('arm'),
    } satisfies Members<Arm>) as Arm,
    clock: Object.assign(now, {
      set: (clock) => put('clock', clock),
      advance: (ms) => post('clock/advance', { ms }),
    } satisfies Members<Clock>),
    requests: Object.assign(journal, {
      get: (requestId) => get(at('requests', requestId)),
      clear: () => remove('requests'),
    } satisfies Members<Requests>),
    verify: (verification) => post('verify', verification),
    snapshot: Object.assign(snapshot, {
      restore: async (document) => {
        await put('snapshot', document);
      },
    } satisfies Members<Snapshots>),
    reset: () => post('reset'),
  };
}

/** A function with members, taken apart. */
type Called<F extends (...given: never[]) => unknown> = (...given: Parameters<F>) => ReturnType<F>;
type Members<F> = { [K in keyof F]: F[K] };

function queryOf(given: object = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
