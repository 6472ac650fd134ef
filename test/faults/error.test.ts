import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { faultHeaders, fetched, inPart, livelyTimers, post } from '../support/faults.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe('an error', () => {
  test.each([
    ['EBP-C-0010', 500, 'Cancellation Failed', {}],
    ['EBP-C-0010@200', 200, 'Cancellation Failed', {}],
    ['EBP-A-0001@401', 401, 'Authentication Error', {}],
    ['EBP-C-0011@429', 429, '재시도 권고 오류', { 'X-System-Language': 'ko' }],
    ['EBP-Z-0010@599', 599, 'Internal Server Error', {}],
  ] as const)('%s is answered with %i', async (error, status, message, language) => {
    for (const phase of phases) {
      const server = await newServed();
      const headers = { 'X-Sandbox-Error': error, 'X-Sandbox-Phase': phase, ...language };
      const response = await post(server, inPart.body, headers);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await response.json()).toEqual({
        resultCode: error.slice(0, 10),
        message,
        requestId: response.headers.get('x-sandbox-request-id'),
        timestamp: expect.any(String),
        data: null,
        errors: [],
      });
      const { state } = await server.order(SAMPLE_ORDER);
      expect(state).toBe(phase === 'after' ? inPart.state : 'CAPTURED');
      expect(await server.delivered()).toMatchObject({
        answerIs: 'injected',
        rule: { rule: phase === 'after' ? 'accepted' : 'injected' },
        delivery: { received: 'complete' },
      });
    }
  });

  test.each([
    ['EBP-D-0001', 200, 'Payment Gateway Error', {}],
    ['EBP-D-9999@502', 502, 'Payment Gateway Error', {}],
    ['EBP-E-0003', 200, '외부 시스템 연동 오류', { 'X-System-Language': 'ko' }],
    ['EBP-C-0099@400', 400, 'Validation Error', {}],
    ['EBP-A-0002@401', 401, 'Authentication Error', {}],
    ['EBP-B-0007@400', 400, 'Protocol Format Error', {}],
    ['EBP-Z-0099@503', 503, 'System Error', {}],
  ] as const)(
    '%s, which no page lists, is answered with %i and flagged',
    async (error, status, message, language) => {
      for (const phase of phases) {
        const server = await newServed();
        const headers = { 'X-Sandbox-Error': error, 'X-Sandbox-Phase': phase, ...language };
        const response = await post(server, inPart.body, headers);
        expect(response.status).toBe(status);
        expect(response.headers.get('x-sandbox-warnings')).toBe('error.unlisted-code');
        const resultCode = error.slice(0, 10);
        expect(await response.json()).toMatchObject({ resultCode, message, data: null, errors: [] });
        const { warnings } = await server.delivered();
        expect(warnings).toEqual([
          { warning: 'error.unlisted-code', message: expect.stringContaining(resultCode) },
        ]);
      }
    },
  );

  test.each([
    ['truncate', 'before'],
    ['truncate', 'after'],
    ['malformed', 'before'],
    ['malformed', 'after'],
    ['drip', 'before'],
    ['drip', 'after'],
  ] as const)('is the answer that %s spoils in phase %s', async (fault, phase) => {
    const server = await newServed({ timers: livelyTimers });
    const known = await fetched(server, inPart.body, {
      'X-Sandbox-Error': 'EBP-C-0012@418',
      ...faultHeaders(fault, phase),
    });
    expect(known.status).toBe(fault === 'malformed' ? 200 : 418);
    const { answer, answerIs } = await server.delivered();
    expect([answerIs, answer.body.slice(0, 27)]).toEqual(['injected', '{"resultCode":"EBP-C-0012",']);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
  });
});
