import { expect, test } from 'vitest';
import { isOrderKey, orderKey } from '../../src/storage/order-key.js';
import { hostileNumbers } from './sample-record.js';

test('keys can be read, and are safe names on every file system', () => {
  expect(orderKey('ORD_2025/12.24')).toMatch(/^ord-2025-12-24-[0-9a-f]{32}$/);
  for (const number of hostileNumbers) {
    expect(orderKey(number)).toMatch(/^[a-z0-9-]{1,73}$/);
    expect(isOrderKey(orderKey(number))).toBe(true);
  }
});

test('no two numbers share a key, not even where case does not count', () => {
  const keys = hostileNumbers.map((number) => orderKey(number).toLowerCase());
  expect(new Set(keys).size).toBe(hostileNumbers.length);
});

test('names of other files are no keys', () => {
  for (const name of ['', 'notes', '.a.json', `${orderKey('a')}.bak`, `.${orderKey('a')}`]) {
    expect(isOrderKey(name)).toBe(false);
  }
});
