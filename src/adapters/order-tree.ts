import { closest } from 'fastest-levenshtein';
import { ExactNumber } from '../contract/json/exact-number.js';
import { type ExactJson, NotExactJson, parseExact } from '../contract/json/parse-exact.js';
import { YamlSource } from '../steering/yaml-source.js';
import type { OrderFile } from './known-orders.js';
import {
  EntryMistake,
  type EntryPath,
  itemFields,
  type OrderEntry,
  orderFields,
  type Text,
} from './order-entry.js';

/** A value of a file: every number and every word as its text. */
type Tree = Text | readonly Tree[] | { readonly [key: string]: Tree };

/** Tells the place of a value of the file; it may have to look for it. */
type Place = (path: EntryPath) => string;

const FORM = 'a list of orders, or an object with the key orders';

/** Reads a YAML or JSON file: a list of orders, or `{orders: [...]}`; numbers by their digits, never rounded. */
export async function readTree(text: string, isJson: boolean, orders: OrderFile): Promise<void> {
  const source = isJson ? readJson(text, orders) : readYaml(text, orders);
  if (!source) return;
  const { tree, place } = source;
  const isWrapped = !Array.isArray(tree);
  const list = isWrapped && isObject(tree) ? tree.orders : tree;
  if (!Array.isArray(list) || (isWrapped && Object.keys(tree ?? {}).length > 1)) {
    orders.tell(place([]), `the file holds something else; accepted: ${FORM}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, value] of list.entries()) {
    if (orders.isHopeless) return;
    const at: Place = (path) => place([...(isWrapped ? ['orders'] : []), index, ...path]);
    try {
      const entry = entryOf(value);
      if (entry.orderNo !== undefined && seen.has(entry.orderNo)) {
        throw new EntryMistake(
          ['orderNo'],
          `order ${JSON.stringify(entry.orderNo)} stands twice: keep one of them`,
        );
      }
      if (entry.orderNo !== undefined) seen.add(entry.orderNo);
      await orders.add(entry, at);
    } catch (error) {
      if (!(error instanceof EntryMistake)) throw error;
      orders.tell(at(error.path), error.message);
    }
  }
}

interface Source {
  readonly tree: Tree;
  readonly place: Place;
}

function readYaml(text: string, orders: OrderFile): Source | undefined {
  const source = new YamlSource(text, { exact: true });
  if (source.mistake) {
    orders.tell(source.mistake.place, source.mistake.reason);
    return undefined;
  }
  return { tree: ofYaml(source.value, source, []), place: (path) => source.place(path) };
}

function ofYaml(value: unknown, source: YamlSource, path: EntryPath): Tree {
  if (Array.isArray(value)) return value.map((one, index) => ofYaml(one, source, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, ofYaml(one, source, [...path, key])]),
    );
  }
  return value === null || source.isNull(path) ? undefined : String(value);
}

function readJson(text: string, orders: OrderFile): Source | undefined {
  try {
    const tree = ofJson(parseExact(text.replace(/^\uFEFF/, '')));
    return { tree, place: (path) => placeInJson(text, path) };
  } catch (error) {
    if (!(error instanceof NotExactJson)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    orders.tell(`${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, `this is not JSON: ${error.message}`);
    return undefined;
  }
}

/** Where a value stands is looked for only where it is a mistake: the order alone is read, as YAML, for its lines. */
function placeInJson(text: string, path: EntryPath): string {
  const [first, ...rest] = path;
  const [index, within] = typeof first === 'number' ? [first, rest] : [rest[0], rest.slice(1)];
  if (typeof index !== 'number') return '1:1';
  const { start, end } = entryIn(text, typeof first === 'number' ? 1 : 2, index);
  const before = text.slice(0, start).split('\n');
  const [line = 1, column = 1] = new YamlSource(text.slice(start, end), { exact: true })
    .place(within)
    .split(':')
    .map(Number);
  return `${before.length + line - 1}:${line === 1 ? (before.at(-1)?.length ?? 0) + column : column}`;
}

/** Where an element of the list at this depth of JSON starts and ends. */
function entryIn(text: string, listDepth: number, index: number): { start: number; end: number } {
  let depth = 0;
  let entry = -1;
  let start = 0;
  for (const { 0: token, index: at } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    if (token === '[' || token === '{') depth += 1;
    const isBorder = depth === listDepth && (token === '[' || token === ',' || token === ']');
    if (token === ']' || token === '}') depth -= 1;
    if (!isBorder) continue;
    if (entry === index) return { start, end: at };
    entry += 1;
    start = at + 1 + (/^\s*/.exec(text.slice(at + 1, at + 1000))?.[0].length ?? 0);
  }
  return { start, end: text.length };
}

function ofJson(value: ExactJson): Tree {
  if (value === null) return undefined;
  if (value instanceof ExactNumber) return value.digits;
  if (Array.isArray(value)) return value.map(ofJson);
  if (typeof value !== 'object') return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ofJson(one)]));
}

function entryOf(value: Tree): OrderEntry {
  const { items, ...order } = fieldsOf(value, [...orderFields, 'items'], [], 'an order');
  if (items !== undefined && !Array.isArray(items)) {
    throw new EntryMistake(['items'], 'items is not accepted; accepted: a list of items');
  }
  return {
    ...textsOf(order, []),
    items: items?.map((item, index) => {
      const path = ['items', index];
      return textsOf(fieldsOf(item, itemFields, path, 'an item'), path);
    }),
  };
}

function fieldsOf(
  value: Tree,
  accepted: readonly string[],
  path: EntryPath,
  what: string,
): { readonly [key: string]: Tree } {
  if (!isObject(value)) {
    throw new EntryMistake(
      path,
      `this is no ${what.split(' ')[1]}; accepted: keys with values: ${accepted.join(', ')}`,
    );
  }
  const strange = Object.keys(value).find((key) => !accepted.includes(key));
  if (strange === undefined) return value;
  throw new EntryMistake(
    [...path, strange],
    `${what} has no field ${JSON.stringify(strange.slice(0, 60))}, did you mean ${closest(strange, [...accepted])}? accepted: ${accepted.join(', ')}`,
  );
}

function textsOf(fields: { readonly [key: string]: Tree }, path: EntryPath): Record<string, Text> {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || typeof value === 'string') continue;
    throw new EntryMistake(
      [...path, key],
      `${key} is not accepted; accepted: one value, not a list or an object`,
    );
  }
  return fields as Record<string, Text>;
}

const isObject = (value: Tree): value is { readonly [key: string]: Tree } =>
  typeof value === 'object' && !Array.isArray(value);
