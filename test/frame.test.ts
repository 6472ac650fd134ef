import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nodeDigests } from '../src/adapters/digests.js';
import { authenticationRefusals, mandatoryHeaders } from '../src/app/authenticate.js';
import { sandboxStore } from '../src/app/credentials.js';
import { specification } from '../src/contract/dialect.js';

import { cancelOf, line2, samples } from './support/samples.js';
import { sign, signedHeaders, strictly } from './support/strict.js';
import { newWorld } from './support/world.js';

const sample = samples[1]?.request ?? '';
const key = 'sandbox-hash-key';
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const warningsOf = (answered: { headers: Headers }) =>
  answered.headers.get('x-sandbox-warnings')?.split(', ') ?? [];

describe('a request with all that production asks for', () => {
  test.each(['strict', 'lenient', 'off'])('is accepted in mode %s without a warning', async (mode) => {
    const answer = await strictly(newWorld(), sample, {}, mode);
    expect(answer.status).toBe(200);
    expect(warningsOf(answer)).toEqual([]);
  });
});

describe.each([...mandatoryHeaders])('without %s', (header) => {
  test('strict refuses, lenient flags, off does not look', async () => {
    // Without a media type there is nothing to let through: it is checked in every mode.
    const isMediaType = header === 'Content-Type';
    const refused = await strictly(newWorld(), sample, { [header]: '' });
    const body = new TextEncoder().encode(sample);
    const { [header]: _, ...rest } = signedHeaders(sample);
    const bare = (mode: string) =>
      newWorld().call('/api/v2/payment/cancel', {
        method: 'POST',
        headers: { ...rest, 'X-Sandbox-Mode': mode },
        body,
      });
    const strict = isMediaType ? await bare('strict') : refused;
    expect(strict.status).toBe(400);
    expect(strict.json).toMatchObject({
      resultCode: 'EBP-A-0001',
      message: 'Missing Mandatory Headers',
      data: null,
      errors: [{ header, message: 'Missing Mandatory Header' }],
    });
    const [lenient, off] = [await bare('lenient'), await bare('off')];
    expect([lenient.status, off.status]).toEqual(isMediaType ? [400, 400] : [200, 200]);
    expect(warningsOf(lenient)).toEqual(['headers.required']);
    expect(warningsOf(off)).toEqual([]);
  });
});

describe('an access key', () => {
  test.each([
    ['X-Store-Id', 'OTHER'],
    ['X-Division-Code', 'OTHER'],
    ['X-Channel-Code', 'OTHER'],
  ])('is not of another %s', async (header, value) => {
    const world = newWorld();
    const answer = await strictly(world, sample, { [header]: value });
    expect(answer.json.errors).toEqual([
      {
        header: 'X-Access-Key',
        message: `X-Access-Key was not issued for this ${header}: send the ${header} that the key was issued for`,
      },
    ]);
    const lenient = await strictly(newWorld(), sample, { [header]: value }, 'lenient');
    expect([lenient.status, warningsOf(lenient)]).toEqual([200, ['access-key.known']]);
  });

  test('expires by the sandbox’s clock', async () => {
    const world = newWorld();
    world.clock.time = 1735689600_000_000_000n - 1n;
    expect((await strictly(world, sample, { 'X-Access-Key': 'sandbox-expired-key' })).status).toBe(200);
    world.clock.time += 1n;
    const answer = await strictly(world, sample, { 'X-Access-Key': 'sandbox-expired-key' });
    expect(answer.headers.get('x-sandbox-rule')).toBe('access-key.valid');
  });

  test('of a store of one’s own signs with that store’s hash key', async () => {
    const stores = [
      {
        storeId: 'MINE',
        division: 'D',
        channels: ['WEB', 'APP'],
        hashKey: 'mine',
        accessKeys: [{ key: 'my-key', expiresAt: 4102444800_000_000_000n }],
      },
    ];
    const other = { ...stores[0], storeId: 'OTHER', hashKey: 'other', accessKeys: [] };
    const world = newWorld({ stores: [...stores, other as (typeof stores)[0]] });
    const mine = {
      'X-Access-Key': 'my-key',
      'X-Store-Id': 'MINE',
      'X-Division-Code': 'D',
      'X-Channel-Code': 'APP',
      'X-EBP-Signature': sign(sample, 'mine'),
    };
    expect((await strictly(world, sample, mine)).status).toBe(200);
    const wrong = await strictly(world, sample, { ...mine, 'X-EBP-Signature': sign(sample, 'other') });
    expect(wrong.headers.get('x-sandbox-rule')).toBe('signature.valid');
    // A hash key that is nobody's business but the partner's: the journal must not sign with it.
    expect((await world.lastEntry()).rule.operands).not.toHaveProperty('expected');
    expect((await world.get('/_sandbox/requests')).text).not.toContain(sign(sample, 'mine'));
    expect(wrong.json.errors[0].message).toBe(
      "X-EBP-Signature does not match the body. It matches another store's hash key: use the hash key of the store that owns X-Access-Key",
    );
    expect((await strictly(world, sample)).headers.get('x-sandbox-rule')).toBe('access-key.known');
  });
});

describe('a wrong signature is explained', () => {
  const spaced = sample;
  const inKorean = JSON.stringify(cancelOf([line2], { refundAccount: { accountHolderName: '홍길동' } }));
  const escape16 = (c: string) => `\\u${c.charCodeAt(0).toString(16)}`;
  const compacted = sample.replace(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '');
  test.each([
    [
      'over JSON written anew by JavaScript',
      spaced,
      sign(JSON.stringify(JSON.parse(spaced))),
      'reserialized-body',
    ],
    ['over JSON without white space', spaced, sign(compacted), 'reserialized-body'],
    [
      'over JSON with spaces, sent without',
      compacted,
      sign(compacted.replace(/,/g, ', ').replace(/:/g, ': ')),
      'reserialized-body',
    ],
    [
      'over the body without its last line break',
      spaced,
      sign(spaced.trimEnd()),
      'body-without-last-line-break',
    ],
    [
      'over the body with a line break that was lost',
      spaced.trimEnd(),
      sign(spaced),
      'body-with-one-more-line-break',
    ],
    ['in upper case', spaced, sign(spaced).toUpperCase(), 'upper-case-hex'],
    ['by HMAC', spaced, createHmac('sha256', key).update(spaced).digest('hex'), 'hmac-instead-of-digest'],
    ['without the hash key', spaced, sign(spaced, ''), 'message-without-hash-key'],
    ['in Base64', spaced, base64(sign(spaced)), 'base64'],
    ['in Base64url', spaced, Buffer.from(sign(spaced), 'hex').toString('base64url'), 'base64'],
    [
      'with the hash key first',
      spaced,
      createHash('sha256')
        .update(key + spaced)
        .digest('hex'),
      'hash-key-first',
    ],
    ['with the numbers of JavaScript', spaced, sign(spaced.replaceAll('.0', '')), 'numbers-written-anew'],
    [
      'with the numbers of Java, sent without',
      compacted.replaceAll('.0', ''),
      sign(compacted),
      'numbers-written-anew',
    ],
    [
      'as Python writes it',
      inKorean,
      sign(
        inKorean
          .replace(/[,:]/g, '$& ')
          .replace(':3000,', ': 3000.0,')
          .replace(/[가-힣]/g, escape16),
      ),
      'reserialized-body',
    ],
    [
      'as JavaScript indents it, sent with escapes',
      inKorean.replace(/[가-힣]/g, escape16),
      sign(JSON.stringify(JSON.parse(inKorean), null, 2)),
      'reserialized-body',
    ],
    ['of something else', spaced, sign('x'), undefined],
    ['that is no digest', spaced, 'abc', undefined],
  ])('%s', async (_, body, signature, slip) => {
    const world = newWorld();
    const answer = await strictly(world, body, { 'X-EBP-Signature': signature });
    expect(answer.headers.get('x-sandbox-rule')).toBe('signature.valid');
    const { rule, text } = {
      rule: (await world.lastEntry()).rule,
      text: (await world.get('/_sandbox/requests')).text,
    };
    expect(rule.operands).toEqual({
      hashedBytes: Buffer.byteLength(body),
      expected: sign(body),
      received: signature,
      ...(slip && { slip }),
    });
    expect(text).not.toContain(key);
    expect(answer.text).not.toContain(key);
    const lenient = await strictly(newWorld(), body, { 'X-EBP-Signature': signature }, 'lenient');
    expect([lenient.status, warningsOf(lenient)]).toEqual([200, ['signature.valid']]);
  });

  test.each([
    ['a megabyte of white space', ' '.repeat(1024 * 1024)],
    ['a string without an end', `"${'\\\\'.repeat(500_000)}`],
    ['depth without an end', '['.repeat(1024 * 1024)],
    ['60,000 brackets', '['.repeat(60_000)],
    ['a list of numbers', `[${'1.0,'.repeat(250_000)}1]`],
  ])('fast, over %s', async (_, body) => {
    const answer = await strictly(newWorld(), body, { 'X-EBP-Signature': 'abc' });
    expect(answer.headers.get('x-sandbox-rule')).toBe('signature.valid');
  });

  test('the bytes are signed, not what they mean', async () => {
    const body = '{"orderNo":"\\u004fRD20251224001","totalCancelAmount":6e3,"items":[]}\r\n';
    const answer = await strictly(newWorld(), body);
    expect(answer.headers.get('x-sandbox-rule')).toBe('body.schema');
  });
});

test('the expected signature of a partner’s store is shown only where it may be', () => {
  const store = {
    storeId: 'M',
    division: 'D',
    channels: ['C'],
    hashKey: 'mine',
    accessKeys: [{ key: 'm', expiresAt: 2n }],
  };
  const platform = { stores: [sandboxStore, store], digests: nodeDigests, dialect: specification };
  const request = {
    headers: { 'x-access-key': 'm', 'x-ebp-signature': '0'.repeat(64) },
    bytes: new TextEncoder().encode(sample),
    now: 1n,
  };
  const expectedOf = (mayShow?: boolean) =>
    authenticationRefusals(platform, request, mayShow).flatMap((one) =>
      one.rule === 'signature.valid' ? [one.facts.expected] : [],
    );
  expect(expectedOf()).toEqual([undefined]);
  expect(expectedOf(true)).toEqual([sign(sample, 'mine')]);
});

describe('the journal of a partner’s store with a wrong signature', () => {
  const stores = [
    sandboxStore,
    {
      storeId: 'SANDBOX',
      division: 'SBX',
      channels: ['SBX'],
      hashKey: 'partner-hash-key',
      accessKeys: [{ key: 'partner-access-key', expiresAt: 4102444800_000_000_000n }],
    },
  ];
  const right = sign(sample, 'partner-hash-key');

  test.each([
    [{ control: 'token', token: 'let-me-in', allowedHosts: [] }, right],
    [{ control: 'open', allowedHosts: [] }, undefined],
  ] as const)('with the control plane as %j shows %s', async (access, shown) => {
    const world = newWorld({ stores, access });
    const answer = await strictly(world, sample, {
      'X-Access-Key': 'partner-access-key',
      'X-EBP-Signature': '0'.repeat(64),
    });
    expect(answer.headers.get('x-sandbox-rule')).toBe('signature.valid');
    expect(answer.text + JSON.stringify([...answer.headers])).not.toContain(right);
    const { json } = await world.call('/_sandbox/requests', {
      headers: { Authorization: 'Bearer let-me-in' },
    });
    expect(json.requests[0].rule.operands.expected ?? undefined).toBe(shown);
  });
});

test('a header without a value is missing', async () => {
  const headers = { ...signedHeaders(sample), 'X-Sandbox-Mode': 'strict', 'X-Ric-Code': '' };
  const answer = await newWorld().call('/api/v2/payment/cancel', { method: 'POST', headers, body: sample });
  expect(answer.json.errors).toEqual([{ header: 'X-Ric-Code', message: 'Missing Mandatory Header' }]);
});

test('a hash key that is sent as the signature is not shown', async () => {
  const world = newWorld();
  await strictly(world, sample, { 'X-EBP-Signature': key });
  expect((await world.get('/_sandbox/requests')).text).not.toContain(key);
});

test('a refusal of the frame changes nothing; its warning is in the journal with a reason', async () => {
  const world = newWorld();
  await strictly(world, sample, { 'X-EBP-Signature': 'abc' });
  expect((await world.order('ORD20251224001')).json.state).toBe('CAPTURED');
  await world.cancel(sample, { 'X-Sandbox-Mode': 'lenient' });
  expect((await world.lastEntry()).warnings).toEqual([
    {
      warning: 'headers.required',
      message: expect.stringMatching(/^production would refuse: missing .*X-Access-Key, X-EBP-Signature/),
    },
  ]);
});

test('several slips are all in the journal, the answer names the first', async () => {
  const world = newWorld();
  const answer = await strictly(world, '{', {
    'X-Store-Id': '',
    'X-Access-Key': 'sandbox-expired-key',
    'X-EBP-Signature': 'x',
    'Content-Type': 'text/plain',
  });
  expect(answer.json.message).toBe('Missing Mandatory Headers');
  const { refusals } = await world.lastEntry();
  expect(refusals.map(({ rule }: { rule: string }) => rule)).toEqual([
    'headers.required',
    'access-key.valid',
    'signature.valid',
    'request.media-type',
    'body.json',
  ]);
});

test('the journal also lists the refusals that the order would have given', async () => {
  const world = newWorld();
  const otherwise = { 'X-EBP-Signature': 'x', 'X-Currency-Code': 'USD' };
  await strictly(world, sample.replace('6000.0', '6001.0'), otherwise);
  const { refusals } = await world.lastEntry();
  expect(refusals.map(({ rule }: { rule: string }) => rule)).toEqual([
    'signature.valid',
    'currency.matches-order',
    'cancel.total-matches-items',
  ]);
});

test('the server’s mode holds where the request names none', async () => {
  const world = newWorld({ mode: 'strict' });
  expect((await world.cancel(sample)).json.resultCode).toBe('EBP-A-0001');
  expect((await world.cancel(sample, { 'X-Sandbox-Mode': 'off' })).status).toBe(200);
  const unknown = await world.cancel(sample, { 'X-Sandbox-Mode': 'strictly' });
  expect([unknown.status, unknown.json.nearest]).toEqual([422, 'strict']);
});

test('the other shape of errors and the other status of class A', async () => {
  const dialect = { ...specification, errorShape: 'v0.5.12', authStatus: '401' } as const;
  const world = newWorld({ dialect });
  const injected = await world.cancel(sample, { 'X-Sandbox-Error': 'EBP-A-0001' });
  expect(injected.status).toBe(401);
  const answer = await strictly(world, sample, { 'X-Store-Id': '' });
  expect(answer.status).toBe(401);
  expect(answer.json).toMatchObject({
    data: null,
    error: { errorDetails: [{ header: 'X-Store-Id', message: 'Missing Mandatory Header' }] },
  });
  expect(answer.json).not.toHaveProperty('errors');
});

test('a wrong signature of a body of 600,000 bytes, all escapes, is explained', async () => {
  const world = newWorld({ mode: 'lenient' });
  const body = '\\"'.repeat(300_000);
  const answer = await world.cancel(body, {
    'X-Access-Key': 'sandbox-access-key',
    'X-EBP-Signature': '00',
  });
  expect(warningsOf(answer)).toContain('signature.valid');
});
