import { describe, expect, test } from 'vitest';
import { breaksAnswer, faults } from '../../src/steering/faults.js';
import { phases } from '../../src/steering/words.js';
import { curlPost } from '../support/curl.js';
import {
  expectTruth,
  faultHeaders,
  faultTable,
  fetched,
  givingUpOnHang,
  inFull,
  inPart,
  livelyTimers,
  statusBefore,
} from '../support/faults.js';
import { CANCEL } from '../support/operations.js';
import { newServed } from '../support/served.js';

test('the table has every fault', () => {
  const rows = faultTable.map(({ fault }) => fault);
  expect(rows).toEqual(faults.filter((fault) => fault !== 'delivered-twice'));
});

describe.each(phases)('in phase %s', (phase) => {
  describe.each(faultTable)('$fault', (row) => {
    const { fault } = row;
    const headers = faultHeaders(fault, phase);

    test('as curl reports it', async () => {
      const server = await newServed({ timers: livelyTimers });
      const limit = fault === 'hang' ? ['-m', '2'] : [];
      const { exitCode, status, body } = await curlPost(server.url + CANCEL, inPart.body, headers, ...limit);
      expect({ exitCode, status }).toEqual({ status: statusBefore(fault, phase), ...row.curl });
      const entry = await expectTruth(server, row, phase, inPart);
      expect(body).toBe(entry.answer.body.slice(0, entry.delivery.bodyBytes));
    });

    test('as fetch reports it', async () => {
      const { timers, signal } = givingUpOnHang();
      const server = await newServed({ timers });
      const { body, ...known } = await fetched(server, inFull.body, headers, CANCEL, signal);
      const hasStatus = row.delivery.received !== 'nothing';
      expect(known).toEqual({ ...(hasStatus && { status: statusBefore(fault, phase) }), ...row.fetch });
      const entry = await expectTruth(server, row, phase, inFull);
      if (row.delivery.received === 'complete') expect(body).toBe(entry.answer.body);
      else expect(body).toBeUndefined();
    });
  });
});

test('the faults that leave the answer whole are decided in either phase', () => {
  expect(faults.filter((fault) => !breaksAnswer(fault))).toEqual([
    'drip',
    'delivered-twice',
    'stale-connection',
  ]);
});
