import { cut, shortened } from '../contract/quoted.js';
import { isLeftByItsCancels } from '../domain/evolve.js';
import type {
  Digests,
  OrderRecord,
  Settings,
  WebhookEndpoint,
  WorldCodec,
  WorldContents,
  WorldStorage,
} from './ports.js';
import { WEBHOOK_SECRET } from './webhooks/signature.js';
import { END_OF_TIME } from './world-clock.js';

/** What a snapshot calls itself, and the version of its form. */
const FORMAT = 'ebp-sandbox-snapshot';
const VERSION = 1;

/** Bytes; a greater world is not written, and a greater document not read. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

/** No snapshot nests deeper; a document that does is refused before anything walks it. */
const MAX_DEPTH = 32;

/** A document that is no snapshot, or not a whole one. */
export class BrokenSnapshot extends Error {
  override readonly name = 'BrokenSnapshot';
}

/** A world that is too large for a snapshot. */
export class SnapshotTooLarge extends Error {
  override readonly name = 'SnapshotTooLarge';
}

export interface SnapshotTools {
  readonly codec: WorldCodec;
  readonly digests: Digests;
}

/**
 * The world as one JSON document. Orders are read one after another: a cancel that is committed meanwhile is in
 * the snapshot or not, and counters are read last, so that they are never behind the orders.
 */
export async function writeSnapshot(world: WorldStorage, { codec, digests }: SnapshotTools): Promise<string> {
  const records: string[] = [];
  let size = 0;
  for await (const record of world.orders.records()) {
    const text = codec.writeRecord({ ...record, events: undefined });
    size += text.length;
    if (size > MAX_SNAPSHOT_BYTES) {
      throw new SnapshotTooLarge(
        `A snapshot holds at most ${MAX_SNAPSHOT_BYTES} bytes, and this world is larger.`,
      );
    }
    records.push(text);
  }
  const settings = maskedSecret(await world.settings());
  const contents = codec.writeWorld({ settings, series: await world.lastNumbers() });
  const content = `{"world":${contents},"orders":[${records.join(',')}]}`;
  const checksum = checksumOf(JSON.parse(content), digests);
  return `{"format":"${FORMAT}","version":${VERSION},"checksum":"${checksum}",${content.slice(1)}`;
}

/** The contents of a world in a snapshot. Throws `BrokenSnapshot`, which says what is wrong. */
export function readSnapshot(text: string, { codec, digests }: SnapshotTools): WorldContents {
  assertShallow(text);
  const { format, version, checksum, world, orders } = parse(text);
  if (format !== FORMAT) {
    throw new BrokenSnapshot(
      `format is ${shown(format)}; accepted: "${FORMAT}", as GET /_sandbox/snapshot writes it`,
    );
  }
  if (version !== VERSION) throw new BrokenSnapshot(`version is ${shown(version)}; accepted: ${VERSION}`);
  if (!Array.isArray(orders)) throw new BrokenSnapshot('orders is not an array');
  const expected = checksumOf({ world, orders }, digests);
  if (checksum !== expected) {
    throw new BrokenSnapshot(
      'the checksum does not fit the content: the document was changed or is not whole',
    );
  }
  try {
    const records: OrderRecord[] = orders.map((record, index) =>
      codec.readRecord(record, `orders[${index}]`),
    );
    const contents = codec.readWorld(world, 'world');
    const { offset, frozenAt = 0n } = contents.settings.clock;
    if (frozenAt < 0n || frozenAt >= END_OF_TIME || offset <= -END_OF_TIME || offset >= END_OF_TIME) {
      throw new Error('world.settings.clock: the clock shows a time that is not from 1970 to 8999');
    }
    assertOrders(records);
    return { ...contents, orders: records };
  } catch (error) {
    throw new BrokenSnapshot(error instanceof Error ? error.message : String(error));
  }
}

/** In the place of a secret: a snapshot is attached to bug reports. */
const MASKED_SECRET = '***';

const maskedSecret = (settings: Settings): Settings =>
  settings.webhook ? { ...settings, webhook: { ...settings.webhook, secret: MASKED_SECRET } } : settings;

/** What a snapshot masks: the endpoint gets the secret that the workspace has for the same URL, else the default. */
export function withSecret(contents: WorldContents, before: WebhookEndpoint | undefined): WorldContents {
  const { webhook } = contents.settings;
  if (webhook?.secret !== MASKED_SECRET) return contents;
  const secret = before?.url === webhook.url ? before.secret : WEBHOOK_SECRET;
  return { ...contents, settings: { ...contents.settings, webhook: { ...webhook, secret } } };
}

/** What is true of all orders that cancels were decided on: a checksum says that a document is whole, not who wrote it. */
function assertOrders(records: readonly OrderRecord[]): void {
  const known = new Set<string>();
  for (const [index, { orderNo, order }] of records.entries()) {
    const refuse = (reason: string) => new Error(`orders[${index}]: ${reason}`);
    if (known.has(orderNo)) throw refuse(`order ${shortened(orderNo)} is in it twice`);
    known.add(orderNo);
    if (!order) continue;
    if (order.orderNo !== orderNo) {
      throw refuse(`the order of ${shortened(orderNo)} calls itself ${shortened(order.orderNo)}`);
    }
    if (!isLeftByItsCancels(order)) {
      throw refuse('its state or its lines are not what its cancels leave behind');
    }
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new BrokenSnapshot(`it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  throw new BrokenSnapshot('it is not a JSON object');
}

/** Over the content, whatever the order of keys and the white space. */
const checksumOf = (content: unknown, digests: Digests): string =>
  `sha256-${digests.sha256(canonical(content))}`;

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

function assertShallow(text: string): void {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isString) {
      if (char === '\\') at += 1;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth > MAX_DEPTH)
        throw new BrokenSnapshot(`it nests deeper than ${MAX_DEPTH} levels, which no snapshot does`);
    } else if (char === '}' || char === ']') depth -= 1;
  }
}

const shown = (value: unknown): string => (value === undefined ? 'missing' : cut(JSON.stringify(value), 64));
