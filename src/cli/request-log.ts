import { styleText } from 'node:util';
import type { ControlCall } from '../app/call-events.js';
import { type JournalEntry, writeOrderState } from '../app/journal.js';
import type { LogForm } from '../config/config.js';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Colours are for a terminal, and not for one that says it wants none. */
export const hasColours = ({ isTTY }: Terminal, { NO_COLOR }: NodeJS.ProcessEnv): boolean =>
  isTTY === true && !NO_COLOR;

/**
 * Tells every call in one line: when, where, what was decided, what changed, how long it took. Lines of the
 * same moment are written together: a write to a pipe or a file costs more than an answer.
 */
export class RequestLog {
  readonly #form: LogForm;
  readonly #to: Terminal;
  readonly #isColoured: boolean;
  #pending = '';

  constructor(form: LogForm, to: Terminal, isColoured: boolean) {
    this.#form = form;
    this.#to = to;
    this.#isColoured = isColoured;
  }

  tell(workspace: string, entry: JournalEntry): void {
    if (this.#form === 'off') return;
    this.#write(
      this.#form === 'json' ? jsonLine(workspace, entry) : textLine(workspace, entry, this.#isColoured),
    );
  }

  /** A call of the control plane that may have changed something. */
  tellControl(workspace: string, { at, method, path, status }: ControlCall): void {
    if (this.#form === 'off') return;
    this.#write(
      this.#form === 'json'
        ? JSON.stringify({ at, workspace, method, path, status })
        : [at.slice(11, 23), workspace, method, oneWord(path), status].join(' '),
    );
  }

  #write(line: string): void {
    if (this.#pending === '') setImmediate(() => this.flush());
    this.#pending += `${line}\n`;
  }

  /** Writes what is pending; to be called before the process exits. */
  flush(): void {
    if (this.#pending !== '') this.#to.write(this.#pending);
    this.#pending = '';
  }
}

function jsonLine(workspace: string, entry: JournalEntry): string {
  const { requestId, receivedAt, request, orderNo, rule, answer, delivery, durationMs, applied } = entry;
  return JSON.stringify({
    at: receivedAt,
    workspace,
    requestId,
    method: request.method,
    path: request.path,
    status: answer?.status,
    rule,
    orderNo,
    orderState: entry.orderState && writeOrderState(entry.orderState),
    durationMs,
    applied: applied.length > 0 ? applied : undefined,
    delivery: delivery.received === 'complete' ? undefined : delivery,
  });
}

function textLine(workspace: string, entry: JournalEntry, isColoured: boolean): string {
  const { receivedAt, request, orderNo, rule, answer, delivery, durationMs = 0, applied } = entry;
  const status = answer?.status ?? 0;
  const colour = status < 300 ? 'green' : status < 500 ? 'yellow' : 'red';
  const paint = (text: string) => (isColoured ? styleText(colour, text, { validateStream: false }) : text);
  const words = [
    receivedAt.slice(11, 23),
    workspace,
    request.method,
    oneWord(request.path.split('?')[0] ?? ''),
    paint(`${status} ${rule ?? 'sandbox'}`),
    orderNo === undefined ? '-' : oneWord(orderNo),
    entry.orderState ? writeOrderState(entry.orderState) : '-',
    `${durationMs.toFixed(1)}ms`,
    ...applied.map(({ word, value }) => `${word}=${value}`),
    ...(delivery.received === 'complete' ? [] : [`received=${delivery.received}`]),
    ...(delivery.connection ? [`connection=${delivery.connection}`] : []),
  ];
  return words.join(' ');
}

/** What callers sent, so that it can neither break the line nor steer a terminal. */
const oneWord = (text: string): string =>
  /^[!-~]{1,80}$/.test(text) ? text : JSON.stringify(text.slice(0, 80)).replace(/[^ -~]/g, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
