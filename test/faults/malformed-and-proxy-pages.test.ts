import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { faultHeaders, inPart, post } from '../support/faults.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line2 } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  test.each(['en', 'ko'])(
    'malformed: 200, a correct Content-Length, JSON that is cut (%s)',
    async (language) => {
      const server = await newServed();
      const client = await RawClient.to(server.url);
      const headers = { ...faultHeaders('malformed', phase), 'X-System-Language': language };
      const refused = cancelOf([line2], { totalCancelAmount: 1 });
      client.send(rawRequest(CANCEL, phase === 'after' ? refused : inPart.body, headers));
      const [answer] = await client.answers(1);
      expect(answer?.status).toBe(200);
      expect(Number(answer?.headers['content-length'])).toBe(Buffer.byteLength(answer?.body ?? ''));
      expect(client.read().rest).toBe('');
      expect(() => JSON.parse(answer?.body ?? '')).toThrow(SyntaxError);
      expect(answer?.body).toContain(
        `{"resultCode":"${phase === 'after' ? 'EBP-C-0004' : 'EBP-Z-0010'}","message":"`,
      );
      expect(answer?.body).not.toContain('\uFFFD');
    },
  );

  test.each([
    ['bad-gateway', 502, '502 Bad Gateway', undefined],
    ['unavailable', 503, '503 Service Temporarily Unavailable', '1'],
    ['gateway-timeout', 504, '504 Gateway Time-out', undefined],
  ] as const)('%s: %i, an HTML page as a proxy sends it', async (fault, status, title, retryAfter) => {
    const server = await newServed();
    const response = await post(server, inPart.body, faultHeaders(fault, phase));
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html']);
    expect(response.headers.get('retry-after')).toBe(retryAfter ?? null);
    const page = await response.text();
    expect(page).toMatch(/^<html>.*<\/html>\s*$/s);
    expect(page).toContain(`<title>${title}</title>`);
    expect(page).not.toMatch(/EBP|SUCCESS|resultCode/);
  });

  test.each([
    ['bad-gateway-json', 502, null],
    ['rate-limited', 429, '1'],
    ['forbidden', 403, null],
  ] as const)('%s: %i, JSON of an API gateway, without a resultCode', async (fault, status, retryAfter) => {
    const server = await newServed();
    const response = await post(server, inPart.body, faultHeaders(fault, phase));
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  test('maintenance: 200, an HTML page', async () => {
    const server = await newServed();
    const response = await post(server, inPart.body, faultHeaders('maintenance', phase));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toMatch(/^<html>.*maintenance.*<\/html>\s*$/s);
  });

  test('empty: 200 as JSON, Content-Length 0, not a byte of a body', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('empty', phase)));
    const [answer] = await client.answers(1);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'content-length': '0' },
      body: '',
    });
    expect(answer?.headers['transfer-encoding']).toBeUndefined();
    expect(client.read().rest).toBe('');
  });
});
