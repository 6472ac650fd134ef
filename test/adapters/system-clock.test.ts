import { expect, test } from 'vitest';
import { SystemClock } from '../../src/adapters/system-clock.js';

const MS = 1_000_000n;

test('is within a few milliseconds of the time of day, and rises with every call', () => {
  const clock = new SystemClock();
  let last = 0n;
  for (let i = 0; i < 10_000; i += 1) {
    const before = BigInt(Date.now()) * MS;
    const now = clock.now();
    const after = BigInt(Date.now()) * MS;
    expect(now > last && now > before - 5n * MS && now < after + 5n * MS).toBe(true);
    last = now;
  }
});

test('counts nanoseconds between two milliseconds, even where the counter stands still', () => {
  let counter = 7n;
  const clock = new SystemClock(
    () => 1_000,
    () => counter,
  );
  counter += 250n;
  expect(clock.now()).toBe(1_000n * MS + 250n);
  expect(clock.now()).toBe(1_000n * MS + 251n);
});

test('follows the time of day when it is set, forward and back', () => {
  let wall = 1_000_000;
  let counter = 0n;
  const clock = new SystemClock(
    () => wall,
    () => counter,
  );
  for (const set of [9_000_000, 2_000_000, 2_000_010, 1_999_990]) {
    wall = set;
    counter += 5n;
    expect(clock.now()).toBe(BigInt(set) * MS);
    counter += 5n;
    expect(clock.now()).toBe(BigInt(set) * MS + 5n);
  }
});

test('does not go back for a step that is within its tolerance', () => {
  let wall = 1_000;
  const clock = new SystemClock(
    () => wall,
    () => 0n,
  );
  const before = clock.now();
  wall = 998;
  expect(clock.now()).toBe(before + 1n);
});
