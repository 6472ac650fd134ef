import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskedBody, maskedHeaders, maskedText } from '../src/app/mask.js';
import { newWorld } from './support/world.js';

const NUMBER = '1234567890';

describe('a private value is masked', () => {
  const fields = [
    'accountNumber',
    'account_number',
    'ACCOUNTNUMBER',
    'accountHolderName',
    'account_holder_name',
  ];
  const forms: readonly (readonly [string, (field: string, value: string) => string])[] = [
    ['JSON', (field, value) => `{"${field}":"${value}","bankCode":"001"}`],
    ['JSON, a bare value', (field, value) => `{ "${field}" : ${value} }`],
    ['JSON that is cut off', (field, value) => `{"${field}":"${value}`],
    ['JSON that is cut off behind a backslash', (field, value) => `{"${field}":"${value}\\`],
    ['a JSON string with an escaped line break', (field, value) => `{"${field}":"a\\\n${value}"}`],
    ['an array', (field, value) => `{"${field}":["${value}"]}`],
    ['an object', (field, value) => `{"${field}":{"a":{"b":"${value}"}}}`],
    ['JSON in a JSON string', (field, value) => JSON.stringify(JSON.stringify({ [field]: value }))],
    ['single quotes', (field, value) => `{'${field}': '${value}'}`],
    ['a form', (field, value) => `orderNo=A&${field}=${value}&bankCode=001`],
    ['a form with brackets', (field, value) => `refundAccount[${field}]=${value}`],
    ['an encoded form', (field, value) => `refundAccount%5B${field}%5D=${value}`],
    ['JSON in a query', (field, value) => `/cancel?q=${encodeURIComponent(`{"${field}": "${value}"}`)}`],
    ['JSON in a query, spaces as plus', (field, value) => `/cancel?q=%22${field}%22+%3A+%22${value}%22`],
    ['a path', (field, value) => `/cancel/${field}=${value}/`],
    ['XML', (field, value) => `<a><${field} type="x">\n ${value}\n</${field}></a>`],
    [
      'multipart',
      (field, value) => `--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n--b--`,
    ],
    ['UTF-16', (field, value) => [...`{"${field}":"${value}"}`].join('\0')],
    ['a name with an escape', (field, value) => `{"${field.replace(/n/i, '\\u006e')}":"${value}"}`],
    ['a name that is percent-encoded', (field, value) => `a=1&${field.replace(/n/i, '%6e')}=${value}`],
  ];

  test.each(forms)('in %s', (_, write) => {
    for (const field of fields) {
      const shown = maskedBody(write(field, NUMBER));
      expect(shown).toContain('***');
      expect(shown).not.toMatch(/67890/);
    }
  });

  test.each(forms)('in %s, also an account number that was typed into the bank code', (_, write) => {
    for (const number of [NUMBER, '110-234-567890', 'GB82WEST12345698765432', '１１０２３４５６７８']) {
      const shown = maskedBody(write('bankCode', number));
      expect(shown).toContain('***');
      expect(shown).not.toContain(number.slice(4));
    }
    expect(maskedBody('{"bankCode":"110 234 567890"}')).toBe('{"bankCode":"***"}');
  });

  test.each(forms)('in %s, a bank code is shown', (_, write) => {
    for (const code of ['088', '0881234', 'SHBKKRSE']) {
      const text = write('bankCode', code);
      expect(maskedBody(text)).toBe(text.replaceAll('\0', ''));
    }
  });

  test('to its last word', () => {
    for (const write of [forms[15]?.[1], forms[16]?.[1]]) {
      expect(maskedBody(write?.('accountHolderName', 'John Ronald Doe') ?? 'Doe')).not.toContain('Doe');
    }
  });

  test('and all else stays as it was received', () => {
    const body = '{"orderNo":"A","refundAccount":{"accountNumber":"1","bankCode":"001"},"items":[{"seq":1}]}';
    expect(maskedBody(body)).toBe(body.replace('"1"', '"***"'));
    const xml = '<refundAccount>\n  <accountNumber>1</accountNumber>\n</refundAccount>';
    expect(maskedBody(xml)).toBe(xml.replace('1', '"***"'));
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/account|\0/i.test(text));
        expect(maskedBody(text)).toBe(text);
      }),
    );
  });

  test('wherever it stands among anything', () => {
    const noise = fc.array(
      fc.constantFrom(
        "'",
        '=',
        '\r\n\r\n',
        'accountNumber',
        'refundAccount',
        '"',
        '\\',
        ':',
        '{',
        '}',
        '<',
        '>',
        '\n',
        ' ',
        'x',
        ',',
      ),
    );
    fc.assert(
      fc.property(noise, noise, (before, behind) => {
        const field = `,"accountNumber":"${NUMBER}"`;
        expect(maskedBody(before.join('') + field + behind.join(''))).not.toContain(NUMBER);
      }),
      { numRuns: 5000 },
    );
  });
});

/** One of these took 75 ms in 16 KiB once, and the time grew with the square of the length. */
describe('a megabyte of hostile text is masked in a time that grows with its length', () => {
  const filling = (unit: string) => unit.repeat(Math.ceil((1024 * 1024) / unit.length));
  test.each([
    'accountNumber"]"]"]',
    'accountNumber ',
    'accountNumber <',
    'accountNumber\\',
    'accountNumber\\"',
    'accountNumber:\\"',
    'accountNumber:"\\',
    'accountNumber="',
    "accountNumber='",
    'accountNumber%22',
    'accountNumber>',
    'accountNumber\r',
    'refundAccount:{',
    'refundAccount":[',
    'bankCode',
    'bankCode>',
    'bankCode:{',
    'bankCode:1',
    'account\\u004eumber',
    '\\',
    'account',
    '\\u0061',
    '%61',
    ' ',
  ])('%j', (unit) => {
    const text = filling(unit);
    for (const hostile of [
      text,
      `accountNumber${text}`,
      `accountNumber:\\"${text}`,
      `accountNumber ${text}`,
    ]) {
      maskedBody(hostile, ['sandbox-access-key', 'k']);
    }
  });
});

describe('secrets of the stores', () => {
  const secrets = ['my-access-key', 'my-hash-key/+"', 'k'];

  test('are masked wherever they stand, also percent-encoded and in JSON', () => {
    const texts = [
      '/cancel?key=my-access-key&hash=my-hash-key%2F%2B%22',
      JSON.stringify({ memo: 'my-hash-key/+"', other: 'xmy-access-keyx' }),
    ];
    expect(texts.map((text) => maskedText(text, secrets))).toEqual([
      '/cancel?key=***&hash=***',
      '{"memo":"***","other":"x***x"}',
    ]);
  });

  test('that are short are masked as words only', () => {
    expect(maskedText('k is a key: "k"', secrets)).toBe('*** is a key: "***"');
  });

  test('are masked where they were cut, up to their last character but one', () => {
    const long = `${'sk-live/'.repeat(20)}end`;
    for (let length = 4; length < long.length; length += 1) {
      expect(maskedText(`value "${long.slice(0, length)}…" is`, [long])).toBe('value "***…" is');
    }
    expect(maskedText('sk-l, and sk-live/ so…', [long])).toBe('sk-l, and sk-live/ so…');
  });

  test('that are long stand in no message and no entry, not even in part', async () => {
    const secret = `${'4eC39HqLyjWDarjtT1zdp7dc'.repeat(4)}-long`;
    const world = newWorld({ access: { control: 'open', token: secret, allowedHosts: [] } });
    const answers = [
      await world.cancel('{}', { 'X-Sandbox-Scenario': secret }),
      await world.cancel(`{"orderNo":"${secret}"`.padEnd(16 * 1024 - 30) + secret.repeat(3), {
        'X-Currency-Code': secret,
        'Accept-Language': secret,
        'Content-Type': secret,
        'X-EBP-Signature': secret,
        'X-Access-Key': 'sandbox-access-key',
      }),
      await world.post('/_sandbox/orders', { state: secret, [secret]: 1 }),
      await world.post('/_sandbox/orders', { [secret]: 1 }),
      await world.post('/_sandbox/verify', { match: { rule: secret } }),
      await world.get(`/_sandbox/orders/${secret}`),
      await world.get(`/_sandbox/requests/${secret}`),
      await world.get(`/_sandbox/requests?limit=${secret}`),
      await world.call(`/_sandbox/arm/${secret}`, { method: 'DELETE' }),
      await world.call(`/_sandbox/workspaces/${secret.toLowerCase().slice(0, 60)}`, { method: 'DELETE' }),
      await world.get(`/api/${secret}`),
      await world.call('/_sandbox/snapshot', { method: 'PUT', body: `{"format":"${secret}"}` }),
      await world.put('/_sandbox/defaults', { fault: secret }),
    ];
    const problems = answers.filter(({ headers }) => headers.get('content-type')?.includes('problem'));
    expect(problems.length).toBeGreaterThan(9);
    for (const { text } of problems) expect(text).not.toContain(secret.slice(0, 8));
    const [{ requestId }] = (await world.get('/_sandbox/requests')).json.requests;
    for (const page of ['requests', 'console', `console/calls/${requestId}`]) {
      expect((await world.get(`/_sandbox/${page}`)).text).not.toContain(secret.slice(0, 8));
    }
  });

  test('and headers that hold credentials', () => {
    const headers = {
      'x-api-key': 'a',
      'x-auth-token': 'b',
      'proxy-authorization': 'c',
      'set-cookie': 'd',
      referer: 'http://x/?accountNumber=1234567890&key=my-access-key',
      accept: '*/*',
    };
    expect(maskedHeaders(headers, secrets)).toEqual({
      'x-api-key': '***',
      'x-auth-token': '***',
      'proxy-authorization': '***',
      'set-cookie': '***',
      referer: 'http://x/?accountNumber="***"&key=***',
      accept: '*/*',
    });
  });

  test('do not stand in the journal, sent in a query, a body or a header', async () => {
    const world = newWorld();
    await world.call('/api/v2/payment/cancel?hashKey=sandbox-hash-key', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Memo': 'sandbox-hash-key' },
      body: '{"k":"sandbox-access-key"}',
    });
    expect((await world.get('/_sandbox/requests')).text).not.toMatch(/sandbox-(hash|access)-key/);
  });
});
