import { type Writable, writeExact } from '../../../contract/json/write-exact.js';
import type { Level } from '../check.js';
import type { Report } from '../report.js';
import { ctrf } from './ctrf.js';
import { junit } from './junit.js';
import { markdown } from './markdown.js';

export const formats = ['json', 'junit', 'ctrf', 'markdown'] as const;
export type Format = (typeof formats)[number];

interface Written {
  readonly contentType: string;
  readonly text: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** The report as it leaves. */
export function written(report: Report, format: Format, failOn: Level): Written {
  switch (format) {
    case 'json':
      return { contentType: JSON_TYPE, text: writeExact(report as unknown as Writable) };
    case 'ctrf':
      return { contentType: JSON_TYPE, text: writeExact(ctrf(report, failOn)) };
    case 'junit':
      return { contentType: 'application/xml; charset=utf-8', text: junit(report, failOn) };
    case 'markdown':
      return { contentType: 'text/markdown; charset=utf-8', text: markdown(report) };
  }
}
