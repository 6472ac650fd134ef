import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FENCED, linksOf, withoutBlocks } from './support/markdown.js';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

const english = read('README.md');
const korean = read('README.ko.md');

const CODE = /`[^`]+`/g;

const isTableRow = (line: string) => line.startsWith('|');

/** The cells of a row; a bar in a cell is written `\|`. */
const cells = (row: string) => row.split(/(?<!\\)\|/).slice(1, -1);

const codeOf = (text: string) => [...new Set(text.match(CODE))].sort();

/** Places in the same file are named by their headings, which are translated. */
const targetsOf = (text: string) =>
  linksOf(text)
    .map((target) => (target.startsWith('#') ? '#' : target))
    .filter((target) => target !== 'README.md' && target !== 'README.ko.md')
    .sort();

/** Each table by its rows: the number of columns, the code and the links. */
function tables(text: string) {
  const found: ReturnType<typeof tableRow>[][] = [];
  let before = '';
  for (const line of withoutBlocks(text).split('\n')) {
    if (isTableRow(line)) {
      if (!isTableRow(before)) found.push([]);
      found.at(-1)?.push(tableRow(line));
    }
    before = line;
  }
  return found;
}

const tableRow = (line: string) => ({
  columns: cells(line).length,
  code: codeOf(line),
  links: targetsOf(line),
});

/** The code in the text of each section; a language may name it in another order, or twice. */
const codeBySection = (text: string) =>
  withoutBlocks(text)
    .split(/^#+ .*$/m)
    .map((section) => {
      const prose = section.split('\n').filter((line) => !isTableRow(line));
      return codeOf(prose.join(' '));
    });

const aspects = {
  'levels of headings': (text: string) =>
    withoutBlocks(text)
      .match(/^#+ /gm)
      ?.map((marks) => marks.trim().length),
  'fenced blocks': (text: string) => text.match(FENCED),
  tables,
  'code in the text': codeBySection,
  links: targetsOf,
};

const outline = (text: string) =>
  Object.fromEntries(Object.entries(aspects).map(([name, of]) => [name, of(text)]));

test.each(Object.entries(aspects))('both READMEs have the same %s', (_, of) => {
  expect(of(korean)).toEqual(of(english));
});

test('each README links the other', () => {
  expect(english).toContain('[한국어](README.ko.md)');
  expect(korean).toContain('[English](README.md)');
});

describe('a difference between the READMEs is found', () => {
  const changes: readonly [string, (text: string) => string][] = [
    ['a heading', (text) => `${text}\n## More\n`],
    ['a heading of another level', (text) => text.replace(/^## /m, '### ')],
    ['a command in a block', (text) => text.replace('npm ci && npm start\n', '$&npm run lint\n')],
    ['a value in a response', (text) => text.replace('"processedCount": 1', '"processedCount": 2')],
    ['a block', (text) => `${text}\n\`\`\`sh\ntrue\n\`\`\`\n`],
    ['a row of a table', (text) => text.replace(/^\| .*container-and-ci.*\n/m, '$&| x | x |\n')],
    ['two rows exchanged', (text) => text.replace(/^(\| .*configuration.*\n)(\| .*\n)/m, '$2$1')],
    ['a column', (text) => text.replace(/^(\| .*container-and-ci.*)\n/m, '$1 x |\n')],
    [
      'a value in a cell',
      (text) => text.replace(/^\| .*container-and-ci.*/m, (row) => row.replace('[', '`x` [')),
    ],
    ['a value in the text', (text) => text.replaceAll('`X-Sandbox-Mode: strict`', '`X-Sandbox-Mode: off`')],
    ['a link', (text) => `${text}[x](docs/x.md)\n`],
  ];

  test.each(changes)('%s', (_, change) => {
    expect(change(english)).not.toBe(english);
    expect(outline(change(english))).not.toEqual(outline(korean));
    expect(change(korean)).not.toBe(korean);
    expect(outline(change(korean))).not.toEqual(outline(english));
  });
});
