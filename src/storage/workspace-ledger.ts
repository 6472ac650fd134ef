import type { Adapter } from 'lowdb';
import type { Counters, Defaults } from '../app/ports.js';
import { CommittedDocument } from './committed-document.js';
import { Gate } from './gate.js';
import { freshWorkspace, type WorkspaceDocument } from './workspace-document.js';

/** How many numbers one write reserves: what a crash may skip, against how often a number waits for it. */
const REQUEST_IDS = 1_000n;
const SERIES_NUMBERS = 32n;

const NANOSECONDS_PER_MS = 1_000_000n;

/** The counters and defaults of one workspace, in one document. Rejects with `DamagedRecord` if that is. */
export class WorkspaceLedger implements Counters {
  readonly #document: CommittedDocument<WorkspaceDocument>;
  readonly #gate = new Gate();
  /** The last numbers handed out, never above those reserved; none before the document is loaded. */
  #requestId: bigint | undefined;
  readonly #series = new Map<string, bigint>();

  constructor(adapter: Adapter<WorkspaceDocument>) {
    this.#document = new CommittedDocument(adapter, freshWorkspace);
  }

  async load(): Promise<void> {
    await this.#document.load();
    this.#requestId ??= this.#document.value.requestId;
  }

  nextRequestId(now: bigint): Promise<string> {
    const next = () => later(now / NANOSECONDS_PER_MS, (this.#requestId ?? 0n) + 1n);
    // Nearly every number is reserved already, and then there is nothing to wait for.
    if (this.#isReady && next() <= this.#document.value.requestId) {
      this.#requestId = next();
      return Promise.resolve(this.#requestId.toString());
    }
    return this.#use(async () => {
      // A loop, since others may use up the block that this call waited for.
      while (next() > this.#document.value.requestId) {
        await this.#document.commit((document) =>
          next() > document.requestId ? { ...document, requestId: next() + REQUEST_IDS - 1n } : document,
        );
      }
      this.#requestId = next();
      return this.#requestId.toString();
    });
  }

  next(series: string): Promise<bigint> {
    const next = () => (this.#series.get(series) ?? 0n) + 1n;
    if (this.#isReady && this.#series.has(series) && next() <= reserved(this.#document.value, series)) {
      const number = next();
      this.#series.set(series, number);
      return Promise.resolve(number);
    }
    return this.#use(async () => {
      if (!this.#series.has(series)) this.#series.set(series, reserved(this.#document.value, series));
      while (next() > reserved(this.#document.value, series)) {
        await this.#document.commit((document) =>
          next() > reserved(document, series)
            ? withSeries(document, [[series, next() + SERIES_NUMBERS - 1n]])
            : document,
        );
      }
      const number = next();
      this.#series.set(series, number);
      return number;
    });
  }

  defaults(): Promise<Defaults> {
    if (this.#isReady) return Promise.resolve(this.#document.value.defaults);
    return this.#use(async () => this.#document.value.defaults);
  }

  setDefaults(defaults: Defaults): Promise<void> {
    const kept = Object.freeze({ ...defaults });
    return this.#use(() => this.#document.commit((document) => ({ ...document, defaults: kept })));
  }

  /** Series from 1, no defaults; request ids keep rising. */
  clear(): Promise<void> {
    return this.#use(() =>
      this.#document.commit(
        (document) => (isCleared(document) ? document : { ...freshWorkspace, requestId: document.requestId }),
        () => this.#series.clear(),
      ),
    );
  }

  /** Waits for what is under way, then gives back what was reserved and not used: no gap after a clean stop. */
  async close(): Promise<void> {
    await this.#gate.close();
    const requestId = this.#requestId;
    if (requestId === undefined) return;
    await this.#document.commit((document) =>
      requestId === document.requestId &&
      [...this.#series].every(([name, n]) => n === reserved(document, name))
        ? document
        : { ...withSeries(document, this.#series), requestId },
    );
  }

  get #isReady(): boolean {
    return this.#requestId !== undefined && !this.#gate.isClosed;
  }

  #use<T>(task: () => Promise<T>): Promise<T> {
    return this.#gate.pass(async () => {
      await this.load();
      return task();
    });
  }
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const reserved = ({ series }: WorkspaceDocument, name: string): bigint => series.get(name) ?? 0n;

const isCleared = ({ series, defaults }: WorkspaceDocument): boolean =>
  series.size === 0 && Object.keys(defaults).length === 0;

function withSeries(document: WorkspaceDocument, series: Iterable<[string, bigint]>): WorkspaceDocument {
  return { ...document, series: new Map([...document.series, ...series]) };
}
