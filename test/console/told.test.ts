import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseBody } from '../../src/contract/body.js';
import { errorEntry } from '../../src/contract/reasons.js';
import { koreanTitles, told, toldIn, warningInKorean } from '../../src/http/console/told.js';
import type { ProblemError } from '../../src/http/problem.js';
import { readWord } from '../../src/http/steering.js';
import { builtInScenarios } from '../support/world.js';

/** Problems that are told to programs before any page is there, or by pages of their own. */
const ELSEWHERE = ['Not built'];

const sources = (folder: string): string[] =>
  readdirSync(new URL(`../../src/http/${folder}`, import.meta.url))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(`../../src/http/${folder}/${name}`, import.meta.url), 'utf8'));

const titles = ['control', 'call']
  .flatMap(sources)
  .concat(
    ['problem', 'problems', 'steering', 'guard', 'target', 'body-budget'].map((name) =>
      readFileSync(new URL(`../../src/http/${name}.ts`, import.meta.url), 'utf8'),
    ),
  )
  .flatMap((source) =>
    [...source.matchAll(/title: (?:given[^?]*\? )?'([^']*)'/g)].map(([, title = '']) => title),
  );

test('every kind of problem has a title in Korean', () => {
  expect(titles.length).toBeGreaterThan(25);
  expect(titles.filter((title) => !ELSEWHERE.includes(title) && koreanTitles[title] === undefined)).toEqual(
    [],
  );
});

test('every warning is told in Korean', () => {
  const warnings = ['.', 'call']
    .flatMap(sources)
    .flatMap((source) => [...source.matchAll(/warning: '([^']*)'/g)].map(([, warning = '']) => warning));
  expect(warnings.length).toBeGreaterThan(9);
  expect(warnings.filter((warning) => warningInKorean(warning) === undefined)).toEqual([]);
  expect(warningInKorean('signature.valid')).toMatch(/^운영 환경이라면 거절됩니다\(.*X-EBP-Signature/);
  expect(warningInKorean('new')).toBeUndefined();
});

function problemOf(wrong: () => void) {
  try {
    wrong();
  } catch (error) {
    return (error as ProblemError).problem;
  }
  throw new Error('nothing was wrong');
}

test('a steering value that is not accepted is told whole in both languages', () => {
  const problem = problemOf(() => readWord('fault', 'rest', builtInScenarios, 'header'));
  expect(told(problem, 'en')).toMatch(/^fault "rest" is not accepted; accepted: reset, .*\. Nearest: reset$/);
  expect(told(problem, 'ko')).toMatch(
    /^fault "rest"은\(는\) 사용할 수 없는 값입니다\. 가장 가까운 값: reset\. 사용할 수 있는 값: reset, close/,
  );
  expect(toldIn(JSON.stringify(problem), 'ko')).toBe(told(problem, 'ko'));
});

test('any other problem is told with its kind in Korean before the detail', () => {
  expect(told({ title: 'Order exists', detail: 'Order "A" exists already' }, 'ko')).toBe(
    '이미 있는 주문번호입니다: Order "A" exists already',
  );
  expect(told({ title: 'New', detail: 'new' }, 'ko')).toBe('new');
  const some = { title: 'Orders exist', detail: '1 of 2 orders were created', refused: [{ orderNo: 'A' }] };
  expect(told(some, 'en')).toBe('1 of 2 orders were created: A');
  expect(toldIn('{"title": "cut', 'ko')).toBe('');
});

test.each([
  ['', 'JSON 값이(가) 올 자리에 본문의 끝이(가) 있습니다'],
  ['{"a" 1}', '":"이(가) 올 자리에 "1"이(가) 있습니다'],
  ['{a: 1}', '큰따옴표로 묶은 키이(가) 올 자리에 "a"이(가) 있습니다'],
  ['[1 2]', '"," 또는 "]"이(가) 올 자리에 "2"이(가) 있습니다'],
  ['{"a": 1', '"," 또는 "}"이(가) 올 자리에 본문의 끝이(가) 있습니다'],
  ['"a', '문자열의 나머지이(가) 올 자리에 본문의 끝이(가) 있습니다'],
  ['"\\q"', '이스케이프가 올바른 문자열이(가) 올 자리에'],
  ['1 2', '값의 끝이(가) 올 자리에 "2"이(가) 있습니다'],
  ['{"a":1,"a":2}', '키 "a"이(가) 두 번 있습니다'],
  ['\uFEFF{}', '바이트 순서 표식(BOM)으로 시작합니다'],
])('what is wrong with the JSON %j is said in Korean', (text, said) => {
  const { refusal } = parseBody(new TextEncoder().encode(text));
  if (!refusal) throw new Error('it is JSON');
  expect(errorEntry(refusal, 'ko').message).toContain(said);
});

test.each([
  [new Uint8Array([0xff]), undefined, 'UTF-8이 아닙니다'],
  [new Uint8Array([0x1f, 0x8b, 0xff]), undefined, 'gzip으로 압축되어 있습니다'],
  [new Uint8Array([0xff]), 'br', 'Content-Encoding이 "br"입니다'],
])('bytes that are no text are told in Korean', (bytes, encoding, said) => {
  const { refusal } = parseBody(bytes, encoding);
  if (!refusal) throw new Error('it is JSON');
  expect(errorEntry(refusal, 'ko').message).toContain(said);
});
