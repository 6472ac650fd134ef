import { CUT } from '../contract/quoted.js';
import { maskedBody, maskedHeaders, maskedText } from './mask.js';

/** A request as it was received. */
interface Received {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Up to 16 KiB. */
  readonly body: string;
  /** Whether the body went on. */
  readonly isCut?: boolean;
  /** Bytes received. */
  readonly bodyBytes: number;
  /** Values that are masked wherever they stand; asked for when the request is shown. */
  readonly secrets?: () => readonly string[];
  /** Of a request that another process received, which has masked it: whether there was anything to mask. */
  readonly holdsSecret?: boolean;
}

/** A request as it may be shown. Masked only when it is shown: hardly any request ever is. */
export class RecordedRequest {
  readonly #received: Received;
  /** Characters that are kept. */
  readonly size: number;

  constructor(received: Received) {
    this.#received = received;
    const { target, headers, body } = received;
    let size = target.length + body.length;
    for (const name in headers) size += name.length + (headers[name]?.length ?? 0);
    this.size = size;
  }

  get method(): string {
    return this.#received.method;
  }

  /** With the query. */
  get path(): string {
    return maskedBody(this.#received.target, this.#received.secrets?.());
  }

  get headers(): Readonly<Record<string, string>> {
    return maskedHeaders(this.#received.headers, this.#received.secrets?.());
  }

  get body(): string {
    const { body, isCut = false, secrets } = this.#received;
    if (!isCut) return maskedBody(body, secrets?.());
    const masked = maskedBody(`${body}${CUT}`, secrets?.());
    return masked.endsWith(CUT) ? masked.slice(0, -CUT.length) : masked;
  }

  /** Whether a key stands where everybody may read: in the body or in the path. */
  get holdsSecret(): boolean {
    const { body, target, secrets, holdsSecret } = this.#received;
    if (holdsSecret !== undefined) return holdsSecret;
    const known = secrets?.() ?? [];
    return [body, target].some((text) => maskedText(text, known) !== text);
  }

  /** Bytes received. */
  get bodyBytes(): number {
    return this.#received.bodyBytes;
  }
}
