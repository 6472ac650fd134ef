import type { Warning } from '../app/journal.js';
import { type Language, languages } from '../contract/error-table.js';
import { shortened } from '../contract/quoted.js';
import { TimeZone } from '../contract/timestamp.js';

/** The language and the time zone of an answer. */
export interface Locale {
  readonly language: Language;
  /** `undefined` is UTC. */
  readonly zone: TimeZone | undefined;
  readonly warnings: readonly Warning[];
}

const plain: Locale = { language: 'en', zone: undefined, warnings: [] };

/** `X-System-Language` (readings R24, R31) and `Time-Zone` (reading R7); an unknown value is flagged. */
export function readLocale(headers: Readonly<Record<string, string>>): Locale {
  const asked = headers['x-system-language'];
  const zoneName = headers['time-zone'];
  if (asked === undefined && zoneName === undefined) return plain;

  const warnings: Warning[] = [];
  const language = asked === undefined ? undefined : languageOf(asked);
  if (asked !== undefined && !language) {
    warnings.push({
      warning: 'header.system-language',
      message: `X-System-Language ${shortened(asked)} is not known, so the answer is in en: send ${languages.join(' or ')}`,
    });
  }
  const zone = zoneName === undefined ? undefined : TimeZone.named(zoneName);
  if (zoneName !== undefined && !zone) {
    warnings.push({
      warning: 'header.time-zone',
      message: `Time-Zone ${shortened(zoneName)} is not known, so times are in UTC: send a name such as Asia/Seoul`,
    });
  }
  return { language: language ?? 'en', zone, warnings };
}

/** `ko`, and tags of it such as `ko-KR` (reading R31). */
function languageOf(tag: string): Language | undefined {
  const [primary, ...subtags] = tag.toLowerCase().split('-');
  if (!subtags.every((subtag) => /^[a-z0-9]{1,8}$/.test(subtag))) return undefined;
  return languages.find((known) => known === primary);
}
