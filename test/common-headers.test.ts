import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { headerValueRefusals } from '../src/app/header-values.js';
import { specification } from '../src/contract/dialect.js';
import { cancelOf, line2 } from './support/samples.js';
import { strictly } from './support/strict.js';
import { newWorld } from './support/world.js';

const body = cancelOf([line2]);
const refuse = { dialect: { ...specification, headerValues: 'refuse' as const } };

const warningsOf = (answered: { headers: Headers }) =>
  answered.headers.get('x-sandbox-warnings')?.split(', ') ?? [];

/** Values of the common headers (reading R28). */
const values: readonly (readonly [header: string, warning: string, valid: string[], invalid: string[]])[] = [
  ['X-Ric-Code', 'header.ric-code', ['KIC', 'AIC', 'EIC'], ['XIC', 'kic', 'KIC, KIC']],
  [
    'X-Country-Code',
    'header.country-code',
    ['KR', 'US', 'GB', 'SS'],
    ['ZZ', 'XX', 'XK', 'UK', 'EU', 'SU', 'kr', 'KOR'],
  ],
  ['X-Currency-Code', 'header.currency-code', ['KRW'], ['WON', 'XXX', 'DEM', 'krw']],
  [
    'Accept',
    'header.accept',
    [
      'application/json',
      '*/*',
      'application/*',
      'text/html, */*;q=0.1',
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
    ],
    ['text/html', 'application/json;q=0', 'application/json;q=0, */*', 'application/xml, text/*'],
  ],
  ['Content-Encoding', 'header.content-encoding', ['identity'], ['gzip', 'br']],
];

describe.each(values)('%s', (header, warning, valid, invalid) => {
  test.each(valid)('%s passes in every mode', async (value) => {
    for (const mode of ['strict', 'lenient', 'off']) {
      const answer = await strictly(newWorld(refuse), body, { [header]: value }, mode);
      expect([answer.status, warningsOf(answer)]).toEqual([200, []]);
    }
  });

  test.each(invalid)('%s is flagged in every mode', async (value) => {
    for (const mode of ['strict', 'lenient', 'off']) {
      const answer = await strictly(newWorld(), body, { [header]: value }, mode);
      expect(warningsOf(answer)).toContain(warning);
      // Another currency than the order's is another rule's matter.
      if (header !== 'X-Currency-Code') expect(answer.status).toBe(200);
    }
  });

  test.each(invalid)('%s is refused in mode strict with the switch headerValues', async (value) => {
    const answer = await strictly(newWorld(refuse), body, { [header]: value });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-sandbox-rule')).toBe('headers.valid');
    expect(answer.json).toMatchObject({ resultCode: 'EBP-A-0001', errors: [{ header }] });
    expect(answer.json.errors[0].message).toContain(`${header} is ${JSON.stringify(value)}: send`);
    const lenient = await strictly(newWorld(refuse), body, { [header]: value }, 'lenient');
    expect(lenient.status).toBe(200);
    expect(warningsOf(lenient)).toEqual(expect.arrayContaining([warning, 'headers.valid']));
  });
});

test.each(['X-Idempotency-Key', 'Idempotency-Key'])('%s is flagged: it has no effect', async (header) => {
  const world = newWorld();
  await world.cancel(body, { [header]: 'k' });
  const { warnings } = await world.lastEntry();
  expect(warnings).toContainEqual({
    warning: 'header.idempotency-key',
    message: `${header} is not documented for cancel and has no effect: the state of the order decides about a repeated request`,
  });
});

test.each([
  ['ko', 'ko', false],
  ['ko-KR', 'ko', false],
  ['KO-kr', 'ko', false],
  ['en-US', 'en', false],
  ['kok', 'en', true],
  ['ko_KR', 'en', true],
  ['ko,en;q=0.5', 'en', true],
  ['ja', 'en', true],
])('X-System-Language %s answers in %s', async (tag, language, isFlagged) => {
  const answer = await newWorld().cancel(cancelOf([line2], { totalCancelAmount: 1 }), {
    'X-System-Language': tag,
  });
  expect(answer.json.message).toBe(language === 'ko' ? '유효성 검증 실패' : 'Validation Failed');
  expect(warningsOf(answer).includes('header.system-language')).toBe(isFlagged);
});

test.each(['+09:00', '-05:00', '+0900', '+09'])(
  'Time-Zone %s is an offset, not a name: UTC, flagged',
  async (zone) => {
    const answer = await newWorld().cancel(body, { 'Time-Zone': zone });
    expect(answer.json.timestamp).toMatch(/Z$/);
    expect(warningsOf(answer)).toContain('header.time-zone');
  },
);

describe('a body that is compressed', () => {
  const send = (headers: Record<string, string>) =>
    newWorld().call('/api/v2/payment/cancel', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: new Uint8Array(gzipSync(JSON.stringify(body))),
    });

  test.each([
    [
      { 'Content-Encoding': 'gzip' },
      'the body is not JSON: it has Content-Encoding "gzip": send it uncompressed, without that header',
    ],
    [{}, 'the body is not JSON: it is compressed with gzip: send it uncompressed'],
  ])('is explained: %j', async (headers, message) => {
    const answer = await send(headers);
    expect(answer.headers.get('x-sandbox-rule')).toBe('body.json');
    expect(answer.json.errors).toEqual([{ field: 'body', message }]);
  });
});

test('the countries are the 249 of ISO 3166-1, each known to Intl under its own code', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const accepted = letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => headerValueRefusals({ 'x-country-code': code }).length === 0);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  expect(accepted).toHaveLength(249);
  expect(accepted.filter((code) => names.of(code) === undefined)).toEqual([]);
  expect(Intl.getCanonicalLocales(accepted.map((code) => `und-${code}`))).toHaveLength(249);
});
