import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortened, shortenedPair } from '../src/contract/quoted.js';
import { cancelOf, line2 } from './support/samples.js';
import { newWorld } from './support/world.js';

test.each([
  ['상품-1', '"상품-1"'],
  ['a b', '"a b"'],
  ['a\u00a0b', '"a\\u00a0b"'],
  ['a\u3000b', '"a\\u3000b"'],
  ['a\u200bb', '"a\\u200bb"'],
  ['\ufeffa', '"\\ufeffa"'],
  ['\u202eabc', '"\\u202eabc"'],
  ['a\u0085b\u007f', '"a\\u0085b\\u007f"'],
  ['a\tb', '"a\\tb"'],
  ['a\u3164b', '"a\\u3164b"'],
  ['a\ufe0fb', '"a\\ufe0fb"'],
  ['\u0301a', '"\\u0301a"'],
  ['e\u0301', '"e\u0301"'],
  ['\ud800', '"\\ud800"'],
  ['\u{e0041}', '"\\udb40\\udc41"'],
  ['👍', '"👍"'],
  ['x'.repeat(70), `"${'x'.repeat(64)}…"`],
])('%j is quoted so that all of it can be seen', (text, quoted) => {
  expect(shortened(text)).toBe(quoted);
});

test('two strings that differ are never quoted alike, however late they part', () => {
  const long = 'x'.repeat(100);
  expect(shortenedPair(`${long}1`, `${long}2`)).toEqual(['"…xxxxxxxx1"', '"…xxxxxxxx2"']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.nat(80), (text, at) => {
      const other = `${text.slice(0, at)}\u200b${text.slice(at)}`;
      const [one, two] = shortenedPair(text, other);
      expect(one).not.toBe(two);
    }),
  );
});

describe('an itemId that looks like the order’s', () => {
  const cancel = (itemId: string, language: string) => async () => {
    const world = newWorld();
    const items = [{ ...line2, itemId: '상품-é' }];
    await world.post('/_sandbox/orders', { orderNo: 'A', items });
    const body = cancelOf([{ ...line2, itemId }], { orderNo: 'A' });
    return (await world.cancel(body, { 'X-System-Language': language })).json.errors[0].message as string;
  };

  test('and is in another normalization is explained', async () => {
    const decomposed = '상품-é'.normalize('NFD');
    expect(await cancel(decomposed, 'en')()).toContain(
      'the same text in another Unicode normalization (order NFC, request NFD)',
    );
    expect(await cancel(decomposed, 'ko')()).toContain('유니코드 정규화 형식이 다릅니다(주문 NFC, 요청 NFD)');
  });

  test('and has an invisible character shows it', async () => {
    expect(await cancel('상품-é\u200b', 'en')()).toBe(
      'itemId of seq 2 is "상품-é" in the order, but the request has "상품-é\\u200b": send the order\'s value',
    );
  });
});
