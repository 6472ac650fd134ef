import { utcTimestamp } from '../../contract/timestamp.js';
import type { EventTrouble } from '../../steering/webhook-trouble.js';
import { maskedText } from '../mask.js';
import type {
  Digests,
  Timers,
  WebhookAttempt,
  WebhookEndpoint,
  WebhookEvent,
  WebhookSender,
} from '../ports.js';
import type { World } from '../world.js';
import type { Entry, EventLog } from './event-log.js';
import { stateOf } from './events.js';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, webhookSignature } from './signature.js';
import type { Turn } from './turn.js';

/** What every outbox works with. */
export interface WebhookTools {
  readonly sender: WebhookSender;
  readonly timers: Timers;
  readonly digests: Digests;
  /** Of the server: nothing that is shown may hold one. */
  readonly secrets: readonly string[];
  /** Aborted when the server stops: what has not been answered then is sent again after the next start. */
  readonly closing: AbortSignal;
  /** Whether requests carry `X-Sandbox-*` headers. */
  readonly sandboxHeaders: boolean;
  /** Told, in a sentence, of what kept an event from being sent or noted. */
  readonly onWarning: (message: string) => void;
}

/** So many attempts of one event are kept, and so many characters of what a store answered. */
const KEPT_ATTEMPTS = 50;
const KEPT_ANSWER = 1024;

/** How much older the trouble `old` makes a timestamp. */
const OLD_S = 3600n;

const SECOND = 1_000_000_000n;

/** Delivers the events of one world, and notes in the records of their orders what came of it. */
export class Deliveries {
  readonly #world: World;
  readonly #tools: WebhookTools;
  readonly #log: EventLog;
  readonly #turn: Turn | undefined;
  #secrets: readonly string[];
  #isAnswered = true;

  /** `turn`: of a world that several processes share. */
  constructor(world: World, tools: WebhookTools, log: EventLog, turn: Turn | undefined) {
    this.#world = world;
    this.#tools = tools;
    this.#log = log;
    this.#turn = turn;
    this.#secrets = tools.secrets;
  }

  /** Those of the server, and each that an endpoint of this world has had: nothing that is shown may hold one. */
  get secrets(): readonly string[] {
    const { webhook } = this.#world;
    if (webhook) this.hide(webhook.secret);
    return this.#secrets;
  }

  hide(secret: string): void {
    if (!this.#secrets.includes(secret)) this.#secrets = [...this.#secrets, secret];
  }

  /** Whether the store gave an answer to the latest attempt. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get isOver(): boolean {
    return this.#world.ended.aborted || this.#tools.closing.aborted;
  }

  async endpoint(): Promise<WebhookEndpoint | undefined> {
    const { webhook } = await (await this.#world.storage()).settings();
    if (webhook) this.hide(webhook.secret);
    return webhook;
  }

  /** Attempts an event that is due, more than once where its trouble says so. */
  async deliver(entry: Entry): Promise<readonly WebhookAttempt[]> {
    const turn = await this.#turn?.confirmed();
    if (this.#turn && turn === undefined) return [];
    const storage = await this.#world.storage();
    // An order that was deleted or replaced took its events with it.
    const kept = (await storage.orders.read(entry.orderNo))?.events?.find(({ id }) => id === entry.id);
    if (this.isOver) return [];
    if (!kept) {
      this.#log.delete(entry.id);
      return [];
    }
    if (this.#turn) {
      // Another process may have gone on with it since it was read here.
      entry.event = kept;
      if (kept.due === undefined || kept.due > this.#world.clock.now()) return [];
    }
    const begun = entry.event;
    const endpoint = await this.endpoint();
    if (!endpoint) {
      await this.change(entry, (event) => ({ ...event, due: undefined }), turn);
      return [];
    }
    const isFirst = !begun.isRepeat && !begun.failures;
    if (isFirst && (begun.trouble?.drop || (await this.#isDropped()))) {
      await this.change(entry, (event) => ({ ...event, due: undefined, outcome: 'dropped' }), turn);
      return [];
    }
    // Held until the turn may have ended, this process does not know whether another sends it now.
    if (this.#turn?.isCertain === false) return [];
    const { retries } = endpoint;
    // Trouble that was armed for an event is over once somebody asks for it again.
    const trouble = { ...endpoint.trouble, ...(begun.isRepeat ? undefined : begun.trouble) };
    const failures = begun.failures ?? 0;
    const number = (begun.attempts?.at(-1)?.attempt ?? 0) + 1;
    const attempts = [await this.#send(endpoint, trouble, entry, number)];
    const arrived = isSuccess(attempts[0]);
    this.#isAnswered = attempts[0]?.status !== undefined;
    const more = arrived && !begun.isRepeat ? (trouble.duplicate ?? 0) : 0;
    for (let nth = 1; nth <= more && this.#maySendMore; nth += 1) {
      attempts.push(await this.#send(endpoint, trouble, entry, number + nth));
    }
    // Cut by the end of the server: it stays due, and the next start sends it.
    if (this.#tools.closing.aborted && !arrived) return [];
    const pause = arrived ? undefined : retries[failures];
    const due =
      pause === undefined
        ? undefined
        : this.#world.clock.now() + BigInt(Math.round(pause * 1000)) * 1_000_000n;
    const note = (event: WebhookEvent): WebhookEvent => {
      const noted = { ...event, attempts: [...(event.attempts ?? []), ...attempts].slice(-KEPT_ATTEMPTS) };
      if (event.due !== begun.due) return noted; // asked for again meanwhile
      const failed = event.outcome === 'delivered' ? 'delivered' : 'failed';
      const outcome = arrived ? 'delivered' : due === undefined ? failed : event.outcome;
      if (due === undefined) return { ...noted, due, outcome, failures: undefined, isRepeat: undefined };
      return { ...noted, due, outcome, failures: failures + 1 };
    };
    await this.change(entry, note, turn);
    return attempts;
  }

  /**
   * Changes the event in the record of its order; `false` where it is not there any more. `turn`: that of this process,
   * which must last where only who has it may do so.
   */
  async change(entry: Entry, change: (event: WebhookEvent) => WebhookEvent, turn?: string): Promise<boolean> {
    const { orders } = await this.#world.storage();
    const changed = await orders.transact<WebhookEvent | undefined>(
      entry.orderNo,
      (record) => {
        const before = record?.events?.find(({ id }) => id === entry.id);
        if (!record || !before) return { result: undefined };
        const result = change(before);
        const events = record.events?.map((event) => (event === before ? result : event));
        return { result, record: { ...record, events } };
      },
      { turn },
    );
    if (changed) {
      entry.event = changed;
      this.tell(entry);
    } else this.#log.delete(entry.id);
    return changed !== undefined;
  }

  /** Tells those who read along where an event stands. */
  tell({ id, orderNo, event }: Entry): void {
    const { eventType } = event;
    const state = stateOf(event);
    if (state === 'unsent') return;
    const latest = event.attempts?.at(-1);
    const happening = { type: 'webhook', id, eventType, orderNo, state, latest } as const;
    this.#world.tell({ is: 'webhook', happening })?.catch(() => {});
  }

  get #maySendMore(): boolean {
    return !this.#tools.closing.aborted && this.#turn?.isCertain !== false;
  }

  async #send(
    { url, secret }: WebhookEndpoint,
    trouble: Pick<EventTrouble, 'signature'>,
    entry: Entry,
    attempt: number,
  ): Promise<WebhookAttempt> {
    const { sender, digests, closing, sandboxHeaders } = this.#tools;
    const now = this.#world.clock.now();
    // The bytes that are signed are those that leave.
    const body = utf8.encode(entry.payload);
    const timestamp = String(now / SECOND - (trouble.signature === 'old' ? OLD_S : 0n));
    const signedWith = trouble.signature === 'wrong' ? `${secret}-wrong` : secret;
    const signature =
      trouble.signature === 'missing' ? undefined : webhookSignature(digests, signedWith, timestamp, body);
    const answer = await sender.send({
      url,
      body,
      signal: closing,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'User-Agent': 'ebp-sandbox',
        [TIMESTAMP_HEADER]: timestamp,
        ...(signature !== undefined && { [SIGNATURE_HEADER]: signature }),
        ...(sandboxHeaders && {
          'X-Sandbox-Event-Id': entry.id,
          'X-Sandbox-Workspace': this.#world.workspace,
        }),
      },
    });
    return {
      attempt,
      at: utcTimestamp(now),
      timestamp,
      signature,
      ...(trouble.signature && { flaw: trouble.signature }),
      status: answer.status,
      answer: answer.body ? maskedText(answer.body, this.#secrets).slice(0, KEPT_ANSWER) : undefined,
      error: answer.error,
      durationMs: answer.durationMs,
    };
  }

  /** Takes one off the events that are to be dropped. */
  async #isDropped(): Promise<boolean> {
    const storage = await this.#world.storage();
    if (!(await storage.settings()).webhook?.trouble.drop) return false;
    return storage.changeSettings((settings) => {
      const { webhook } = settings;
      const left = webhook?.trouble.drop ?? 0;
      if (!webhook || left === 0) return { result: false };
      const trouble = { ...webhook.trouble, drop: left - 1 };
      return { result: true, settings: { ...settings, webhook: { ...webhook, trouble } } };
    });
  }
}

const utf8 = new TextEncoder();

const isSuccess = (attempt: WebhookAttempt | undefined): boolean =>
  attempt?.error === undefined &&
  attempt?.status !== undefined &&
  attempt.status >= 200 &&
  attempt.status < 300;
