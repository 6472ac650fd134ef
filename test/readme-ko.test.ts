import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

const english = read('README.md');
const korean = read('README.ko.md');

const FENCED = /^```[\s\S]*?^```$/gm;
const CODE = /`[^`]+`/g;

const without = (pattern: RegExp, text: string) => text.replace(pattern, '');

const isTableRow = (line: string) => line.startsWith('|');

/** The cells of a row; a bar in a cell is written `\|`. */
const cells = (row: string) =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

const isCode = (cell: string) => /^`[^`]+`$/.test(cell);

/** Each table by its rows: how many columns, the first one where it is code, and the code in the others. */
function tables(text: string) {
  const found: ReturnType<typeof tableRow>[][] = [];
  let before = '';
  for (const line of without(FENCED, text).split('\n')) {
    if (isTableRow(line)) {
      if (!isTableRow(before)) found.push([]);
      found.at(-1)?.push(tableRow(line));
    }
    before = line;
  }
  return found;
}

function tableRow(line: string) {
  const row = cells(line);
  const [first = ''] = row;
  return { columns: row.length, key: isCode(first) ? first : '', code: (line.match(CODE) ?? []).sort() };
}

/** What stands in code in the text of each section; a language may say it in another order, or twice. */
const codeBySection = (text: string) =>
  without(FENCED, text)
    .split(/^#+ .*$/m)
    .map((section) => {
      const prose = section.split('\n').filter((line) => !isTableRow(line));
      return [...new Set(prose.join(' ').match(CODE))].sort();
    });

/** Places in the same file are told by their headings, which are translated. */
const links = (text: string) =>
  [...without(FENCED, text).matchAll(/\]\(([^)]*)\)/g)]
    .map(([, target = '']) => (target.startsWith('#') ? '#' : target))
    .filter((target) => target !== 'README.md' && target !== 'README.ko.md')
    .sort();

const aspects = {
  'levels of headings': (text: string) =>
    without(FENCED, text)
      .match(/^#+ /gm)
      ?.map((marks) => marks.trim().length),
  'fenced blocks': (text: string) => text.match(FENCED),
  tables,
  'code in the text': codeBySection,
  links,
  'generated parts': (text: string) =>
    [...text.matchAll(/^<!-- (\/?[a-z-]+?)(?:-ko)? -->$/gm)].map(([, name]) => name),
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

test('links to a place in the same file lead to a heading', () => {
  for (const text of [english, korean]) {
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
    const targets = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target);
    expect(anchors).toEqual(expect.arrayContaining(targets));
  }
});

/** As GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('what is in one README only is seen', () => {
  const changes: readonly [string, (text: string) => string][] = [
    ['a heading', (text) => `${text}\n## More\n`],
    ['a heading of another level', (text) => text.replace(/^### /m, '#### ')],
    [
      'a command in a block',
      (text) => text.replace('npm ci && npm test\n', 'npm ci && npm test\nnpm run lint\n'),
    ],
    ['a block', (text) => `${text}\n\`\`\`sh\ntrue\n\`\`\`\n`],
    ['a row of a table', (text) => text.replace(/^\| `reset` .*\n/m, '$&| `melt` | x |\n')],
    ['a row whose first cell is no code', (text) => text.replace(/^\| phase .*\n/m, '$&| x | x | x | x |\n')],
    ['a row named otherwise', (text) => text.replace(/^\| `reset` /m, '| `rest` ')],
    ['a column', (text) => text.replace(/^(\| `drip` .*)\n/m, '$1 x |\n')],
    ['a value in a cell', (text) => text.replaceAll('`500-1500`', '`500-1600`')],
    ['a value in the text', (text) => text.replaceAll('`application/problem+json`', '`text/plain`')],
    ['a link', (text) => `${text}[x](docs/x.md)\n`],
    ['a generated part', (text) => without(/^<!-- \/?faults(-ko)? -->\n/gm, text)],
  ];

  test.each(changes)('%s', (_, change) => {
    expect(change(english)).not.toBe(english);
    expect(outline(change(english))).not.toEqual(outline(korean));
    expect(change(korean)).not.toBe(korean);
    expect(outline(change(korean))).not.toEqual(outline(english));
  });
});
