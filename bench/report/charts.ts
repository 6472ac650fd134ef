import { figure } from './markdown.js';
import type { Figure } from './row.js';
import { spreadOf } from './statistics.js';

const COLUMN = 540;
const GAP = 40;
const WIDTH = 2 * COLUMN + GAP;
const NAMES = 220;
const BARS = COLUMN - NAMES - 70;
const LINE = 24;
const TITLE = 40;

/** Figures that stand in one chart, under its title. */
function panels(figures: readonly Figure[]): Map<string, Figure[]> {
  const byTitle = new Map<string, Figure[]>();
  for (const one of figures) {
    if (!one.bar || one.values.length === 0) continue;
    byTitle.set(one.bar.chart, [...(byTitle.get(one.bar.chart) ?? []), one]);
  }
  return byTitle;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Bars of medians, ours in colour, in two columns of charts: an SVG that reads on light and on dark. */
export function charts(figures: readonly Figure[]): string {
  const parts: string[] = [];
  const ends: [number, number] = [0, 0];
  for (const [title, bars] of panels(figures)) {
    const column = ends[0] <= ends[1] ? 0 : 1;
    const x = column * (COLUMN + GAP);
    let y = ends[column];
    const unit = bars[0]?.unit ?? '';
    const good = unit.endsWith('/s') ? 'more is better' : 'less is better';
    parts.push(`<text x="${x}" y="${y + 26}" class="title">${escaped(`${title} (${unit}), ${good}`)}</text>`);
    y += TITLE;
    const medians = bars.map(({ values }) => spreadOf(values).median);
    const longest = Math.max(...medians);
    bars.forEach(({ bar }, index) => {
      const name = bar?.name ?? '';
      const median = medians[index] ?? 0;
      const begin = x + NAMES;
      const width = Math.max(1, Math.round((median / longest) * BARS));
      const kind = name.startsWith('sandbox') ? 'ours' : 'other';
      parts.push(
        `<text x="${begin - 10}" y="${y + 16}" text-anchor="end">${escaped(name)}</text>` +
          `<rect x="${begin}" y="${y + 4}" width="${width}" height="${LINE - 8}" class="${kind}"/>` +
          `<text x="${begin + width + 8}" y="${y + 16}">${figure(median)}</text>`,
      );
      y += LINE;
    });
    ends[column] = y + LINE / 2;
  }
  const height = Math.max(...ends);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The sandbox beside other servers">
<style>text{font:13px system-ui,sans-serif;fill:#777}.title{font-weight:600;font-size:15px}.ours{fill:#2f7d5b}.other{fill:#9aa5b1}</style>
${parts.join('\n')}
</svg>
`;
}
