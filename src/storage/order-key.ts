import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Keys of order numbers that are asked for again and again; a hash costs more than all else about a key. */
const keys = new LRUCache<string, string>({
  max: 10_000,
  maxSize: 1_000_000,
  sizeCalculation: (_, orderNo) => orderNo.length + 1,
});

/**
 * The file name, without extension, of an order number. Numbers come from outside, so the name is derived:
 * a readable part of at most 40 characters, then 128 bits of a hash that tell all numbers apart, even those
 * that differ in case only. The hash is over JSON, which keeps lone surrogates apart too.
 */
export function orderKey(orderNo: string): string {
  const known = keys.get(orderNo);
  if (known !== undefined) return known;
  const key = derivedKey(orderNo);
  keys.set(orderNo, key);
  return key;
}

function derivedKey(orderNo: string): string {
  const readable = orderNo
    .slice(0, 40)
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
  return `${readable}-${hash('sha256', JSON.stringify(orderNo)).slice(0, 32)}`;
}

/** Whether a file name could be a key: others in the directory are none of ours. */
export const isOrderKey = (name: string): boolean => /^[a-z0-9-]{0,40}-[0-9a-f]{32}$/.test(name);
