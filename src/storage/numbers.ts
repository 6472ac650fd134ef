import { type Adapter, Low } from 'lowdb';
import type { RequestIds, Series, Soon } from '../app/ports.js';

/** What a document of numbers holds: no number above a reserved one was ever handed out. */
interface Reserved {
  readonly series: ReadonlyMap<string, bigint>;
}

interface Waiting<T> {
  readonly change: (value: T) => T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A document that is read once and then only written, always whole. Changes that come while a write is under
 * way are written together by the next one.
 *
 *     A: commit(1) ── write 1 ──┐ A resolves
 *     B, C: commit(2), commit(3)└── write 2 and 3 at once ── B and C resolve, or both reject
 */
export class GroupCommit<T> {
  readonly #low: Low<T>;
  #loading: Promise<void> | undefined;
  #value: T;
  #isLoaded = false;
  #waiting: Waiting<T>[] = [];
  #isWriting = false;
  #wasMissing = false;

  /** `fresh`: the value where there is no document. */
  constructor(adapter: Adapter<T>, fresh: T) {
    this.#low = new Low(adapter, fresh);
    this.#value = fresh;
  }

  /** Reads the document, once. Where that fails nothing is written either, and the next call tries again. */
  load(): Promise<void> {
    this.#loading ??= this.#read().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** As it is durably written. */
  get value(): T {
    return this.#value;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Whether anybody asked for it yet. */
  get isInUse(): boolean {
    return this.#loading !== undefined;
  }

  /** Whether there was no document to load. */
  get wasMissing(): boolean {
    return this.#wasMissing;
  }

  /**
   * Resolves once the changed value is durable. `change` sees the changes before it; where it gives back the
   * value it got, nothing is written for it; where it throws, it alone is rejected.
   */
  async commit(change: (value: T) => T): Promise<void> {
    await this.load();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #read(): Promise<void> {
    const fresh = this.#value;
    await this.#low.read();
    this.#value = this.#low.data;
    this.#wasMissing = this.#value === fresh;
    this.#isLoaded = true;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0));
    this.#isWriting = false;
  }

  async #writeGroup(group: readonly Waiting<T>[]): Promise<void> {
    let value = this.#value;
    const changed: Waiting<T>[] = [];
    for (const one of group) {
      try {
        value = one.change(value);
        changed.push(one);
      } catch (error) {
        one.reject(error);
      }
    }
    try {
      if (value !== this.#value) {
        this.#low.data = value;
        await this.#low.write();
        this.#value = value;
      }
      for (const one of changed) one.resolve();
    } catch (error) {
      for (const one of changed) one.reject(error);
    }
  }
}

/**
 * Numbers that rise and never come twice: they are handed out from memory, out of a block that is durably
 * reserved before. A crash leaves a gap of up to a block.
 */
export class ReservedNumbers<T extends Reserved> implements Series {
  readonly #document: GroupCommit<T>;
  readonly #block: bigint;
  readonly #findUsed: () => Promise<ReadonlyMap<string, bigint>>;
  /** The last number handed out of each series that was asked for here. */
  readonly #last = new Map<string, bigint>();
  #used: ReadonlyMap<string, bigint> = new Map();
  #loading: Promise<void> | undefined;
  /** Numbers that wait for a block. */
  readonly #underWay = new Set<Promise<bigint>>();
  #refusal: string | undefined;

  /**
   * `block`: how many numbers one write reserves. `findUsed` is asked where the document is missing, for
   * numbers that are in use all the same.
   */
  constructor(
    document: GroupCommit<T>,
    block: bigint,
    findUsed: () => Promise<ReadonlyMap<string, bigint>> = async () => new Map(),
  ) {
    this.#document = document;
    this.#block = block;
    this.#findUsed = findUsed;
  }

  /** One more than the last, and at least `atLeast`. Nearly every one is reserved already: no wait then. */
  next(name: string, atLeast = 0n): Soon<bigint> {
    const last = this.#last.get(name);
    if (last === undefined) return this.#afterReserving(name, atLeast);
    const next = last < atLeast ? atLeast : last + 1n;
    if (next > this.#reserved(name)) return this.#afterReserving(name, atLeast);
    this.#last.set(name, next);
    return next;
  }

  async peek(name: string): Promise<bigint> {
    this.#refuseWhenClosed();
    await this.#load();
    return this.#lastOf(name) + 1n;
  }

  async lastNumbers(): Promise<ReadonlyMap<string, bigint>> {
    this.#refuseWhenClosed();
    await this.#load();
    const names = new Set([
      ...this.#document.value.series.keys(),
      ...this.#used.keys(),
      ...this.#last.keys(),
    ]);
    return new Map(
      [...names].map((name) => [name, this.#lastOf(name)] as const).filter(([, last]) => last > 0n),
    );
  }

  /** No number up to this one is handed out any more. */
  async raise(name: string, to: bigint): Promise<void> {
    await this.#load();
    // Before the write: a number asked for meanwhile has to wait for its own.
    if (this.#lastOf(name) < to) this.#last.set(name, to);
    await this.#document.commit((document) =>
      (document.series.get(name) ?? 0n) < to ? withNumbers(document, [[name, to]]) : document,
    );
  }

  /** Refuses later calls, and gives back what was reserved and not used: no gap after a clean stop. */
  async close(refusal: string): Promise<void> {
    this.#refusal = refusal;
    await Promise.allSettled(this.#underWay);
    const last = [...this.#last];
    this.#last.clear(); // the way without a wait starts here
    if (!this.#document.isInUse) return;
    try {
      await this.#document.load();
    } catch {
      return; // it was never read, so nothing of it is reserved here
    }
    await this.#document.commit((document) => {
      const unused = last.filter(([name, n]) => n < (document.series.get(name) ?? 0n));
      return unused.length === 0 ? document : withNumbers(document, unused);
    });
  }

  #afterReserving(name: string, atLeast: bigint): Promise<bigint> {
    if (this.#refusal !== undefined) return Promise.reject(new Error(this.#refusal));
    const run = this.#nextOfNewBlock(name, atLeast);
    this.#underWay.add(run);
    const leave = () => this.#underWay.delete(run);
    run.then(leave, leave);
    return run;
  }

  async #nextOfNewBlock(name: string, atLeast: bigint): Promise<bigint> {
    await this.#load();
    for (;;) {
      const next = () => later(this.#lastOf(name) + 1n, atLeast);
      if (next() <= this.#reserved(name)) {
        const number = next();
        this.#last.set(name, number);
        return number;
      }
      // From here on `reserved` says more than what was handed out.
      this.#last.set(name, this.#lastOf(name));
      await this.#document.commit((document) =>
        next() > (document.series.get(name) ?? 0n)
          ? withNumbers(document, [[name, next() + this.#block - 1n]])
          : document,
      );
    }
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    await this.#document.load();
    if (this.#document.wasMissing) this.#used = await this.#findUsed();
  }

  #refuseWhenClosed(): void {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
  }

  #reserved(name: string): bigint {
    return this.#document.value.series.get(name) ?? 0n;
  }

  #lastOf(name: string): bigint {
    return this.#last.get(name) ?? later(this.#reserved(name), this.#used.get(name) ?? 0n);
  }
}

const NANOSECONDS_PER_MS = 1_000_000n;

export const requestIdsFrom = (numbers: ReservedNumbers<Reserved>): RequestIds => ({
  next: (now) => numbers.next('requestId', now / NANOSECONDS_PER_MS),
});

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const withNumbers = <T extends Reserved>(document: T, numbers: Iterable<readonly [string, bigint]>): T => ({
  ...document,
  series: new Map([...document.series, ...numbers]),
});
