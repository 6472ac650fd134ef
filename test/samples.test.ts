import { describe, expect, test, vi } from 'vitest';
import type { Storage } from '../src/app/ports.js';
import { createMemoryStorage } from '../src/storage/memory-storage.js';
import { cancelOf, compact, line2, line3, samples } from './support/samples.js';
import { newWorld } from './support/world.js';

const parts = (text: string) => ({
  requestId: /"requestId":"(\d+)"/.exec(text)?.[1] ?? '',
  timestamp: /"timestamp":"([^"]+)"/.exec(text)?.[1] ?? '',
  counter: Number(/"returnRequestId":"RETREQ20251224(\d+)"/.exec(text)?.[1]),
});

/** A store that gives the id and return number that a sample has. */
async function scriptedStorage(requestId: string, counter: number): Promise<Storage> {
  const storage = createMemoryStorage();
  vi.spyOn(storage.requestIds, 'next').mockResolvedValue(BigInt(requestId));
  const { series } = await storage.world('default');
  vi.spyOn(series, 'next').mockResolvedValue(BigInt(counter));
  vi.spyOn(series, 'peek').mockResolvedValue(BigInt(counter));
  return storage;
}

/** 2025-12-30T21:14:13.909292900Z → nanoseconds since the epoch. */
function nanos(timestamp: string): bigint {
  const [, second = '', fraction = ''] = /^(.*)\.(\d{9})Z$/.exec(timestamp) ?? [];
  return BigInt(Date.parse(`${second}Z`)) * 1_000_000n + BigInt(fraction);
}

describe.each(samples)('the $name sample', ({ request, response }) => {
  test('is answered byte for byte with ids, return number and clock as the sample has them', async () => {
    const { requestId, timestamp, counter } = parts(compact(response));
    const world = newWorld({ storage: await scriptedStorage(requestId, counter) });
    world.clock.time = nanos(timestamp);
    const answer = await world.cancel(request);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.text).toBe(compact(response));
  });

  test('is answered on a fresh store as published but for id, time and counter', async () => {
    const answer = await newWorld().cancel(request);
    const variable = /(?<="requestId":")\d+|(?<="timestamp":")[^"]+|(?<="RETREQ20251224)\d+/g;
    expect(answer.text.replace(variable, '*')).toBe(compact(response).replace(variable, '*'));
    expect(parts(answer.text)).toEqual({
      requestId: '1767129253909',
      timestamp: '2025-12-30T21:14:13.909292900Z',
      counter: 1,
    });
  });
});

test('cancels count on: request ids rise, return numbers of one order date do not repeat', async () => {
  const world = newWorld();
  const first = parts((await world.cancel(cancelOf([line2]))).text);
  const refused = await world.cancel(cancelOf([line2]));
  const second = parts((await world.cancel(cancelOf([line3]))).text);
  expect([first.counter, second.counter]).toEqual([1, 2]);
  const ids = [first.requestId, refused.json.requestId, second.requestId];
  expect(ids).toEqual(['1767129253909', '1767129253910', '1767129253911']);
});
