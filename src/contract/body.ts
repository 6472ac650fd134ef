import type { CancelRequest } from '../domain/cancel-request.js';
import { type ExactJson, NotExactJson, parseExact } from './json/parse-exact.js';
import { readPlainCancel } from './plain-cancel.js';
import { shortened } from './quoted.js';
import type { FrameRefusal } from './refusals.js';

const MEDIA_TYPE = /^application\/json\s*(?:;(?<parameters>.*))?$/i;
const CHARSET = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i;

/** `application/json`, charset absent or utf-8, any case (reading R20). */
export function mediaTypeRefusal(contentType: string | undefined): FrameRefusal | undefined {
  if (contentType === 'application/json') return undefined;
  const match = MEDIA_TYPE.exec(contentType?.trim() ?? '');
  const charsets = (match?.groups?.parameters ?? '')
    .split(';')
    .flatMap((part) => CHARSET.exec(part)?.[1] ?? []);
  if (match && charsets.every((charset) => charset.toLowerCase() === 'utf-8')) return undefined;
  return { rule: 'request.media-type', field: 'header Content-Type', facts: { received: contentType } };
}

export type ParsedBody = {
  /** The body as UTF-8; bytes that are none become U+FFFD. */
  readonly text: string;
  /** The request of EBP_API_232, where it was plain enough to be read without a look at the JSON. */
  readonly plain?: CancelRequest | undefined;
} & (
  | { readonly json: ExactJson; readonly refusal?: never }
  | { readonly json?: never; readonly refusal: FrameRefusal }
);

/** A cancel that was read at once; its JSON is parsed only if somebody asks for it. */
class PlainCancel {
  readonly text: string;
  readonly plain: CancelRequest;

  constructor(text: string, plain: CancelRequest) {
    this.text = text;
    this.plain = plain;
  }

  get json(): ExactJson {
    return parseExact(this.text);
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes as JSON in UTF-8 without a byte order mark (reading R19). */
export function parseBody(bytes: Uint8Array, contentEncoding?: string): ParsedBody {
  const parsed = parseUtf8(bytes);
  const compressed = parsed.refusal && compressedBy(bytes, contentEncoding);
  if (!compressed) return parsed;
  return { text: parsed.text, refusal: mistake(compressed, 0, 0) };
}

/** Recognises a compressed body, which reads as broken UTF-8. */
function compressedBy([first, second]: Uint8Array, contentEncoding: string | undefined): string | undefined {
  if (contentEncoding && contentEncoding.toLowerCase() !== 'identity') {
    return `it has Content-Encoding ${shortened(contentEncoding)}: send it uncompressed, without that header`;
  }
  const isGzip = first === 0x1f && second === 0x8b;
  return isGzip ? 'it is compressed with gzip: send it uncompressed' : undefined;
}

function parseUtf8(bytes: Uint8Array): ParsedBody {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    return { text: lenientUtf8.decode(bytes), refusal: notJson('the bytes are not UTF-8', '', 0) };
  }
  if (text.startsWith('\uFEFF')) {
    return { text, refusal: notJson('it starts with a byte order mark', text, 0) };
  }
  const plain = readPlainCancel(text);
  if (plain) return new PlainCancel(text, plain);
  try {
    return { text, json: parseExact(text) };
  } catch (error) {
    if (!(error instanceof NotExactJson)) throw error;
    return { text, refusal: notJson(error.message, text, error.offset) };
  }
}

function notJson(reason: string, text: string, offset: number): FrameRefusal {
  const before = text.slice(0, offset).split('\n');
  return mistake(reason, before.length, (before.at(-1)?.length ?? 0) + 1);
}

function mistake(reason: string, line: number, column: number): FrameRefusal {
  return { rule: 'body.json', field: 'body', facts: { reason, line, column } };
}
