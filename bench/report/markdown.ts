import { type Figure, type Row, verdict } from './row.js';
import { type Spread, spreadOf } from './statistics.js';

/** A table of Markdown, its columns aligned so that it reads well as it is. */
function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => (line[column] ?? '').length)),
  );
  const written = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [written(heads), written(widths.map((width) => '-'.repeat(width))), ...lines.map(written)].join(
    '\n',
  );
}

export const rowTable = (rows: readonly Row[]): string =>
  table(
    ['what', 'target', 'measured, median (min..max)', 'verdict', 'note'],
    rows.map((row) => [
      row.what,
      row.goal?.text ?? '',
      row.ratios.length > 0 ? shown(spreadOf(row.ratios), ratio) : '',
      verdict(row),
      row.note ?? '',
    ]),
  );

export const figureTable = (figures: readonly Figure[]): string =>
  table(
    ['what', 'unit', 'median (min..max)'],
    figures.map(({ what, unit, values }) => [
      what,
      unit,
      values.length > 0 ? shown(spreadOf(values), figure) : '',
    ]),
  );

const shown = ({ median, min, max }: Spread, write: (value: number) => string): string =>
  `${write(median)} (${write(min)}..${write(max)})`;

const ratio = (value: number) => (value >= 10 ? value.toFixed(1) : value.toFixed(2));

export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2);
