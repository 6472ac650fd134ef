import type { Warning } from '../app/journal.js';
import { type Language, languages } from '../contract/error-table.js';
import { TimeZone } from '../contract/timestamp.js';

/** How an answer speaks and tells the time. */
export interface Locale {
  readonly language: Language;
  /** `undefined` is UTC. */
  readonly zone: TimeZone | undefined;
  readonly warnings: readonly Warning[];
}

const plain: Locale = { language: 'en', zone: undefined, warnings: [] };

/** `X-System-Language` (reading R24) and `Time-Zone` (reading R7); what is not known is flagged. */
export function readLocale(headers: Readonly<Record<string, string>>): Locale {
  const asked = headers['x-system-language'];
  const zoneName = headers['time-zone'];
  if (asked === undefined && zoneName === undefined) return plain;

  const warnings: Warning[] = [];
  const language = languages.find((known) => known === asked?.toLowerCase());
  if (asked !== undefined && !language) {
    warnings.push({
      warning: 'header.system-language',
      message: `X-System-Language ${JSON.stringify(asked)} is not known, en is used; known: ${languages.join(', ')}`,
    });
  }
  const zone = zoneName === undefined ? undefined : TimeZone.named(zoneName);
  if (zoneName !== undefined && !zone) {
    warnings.push({
      warning: 'header.time-zone',
      message: `Time-Zone ${JSON.stringify(zoneName)} is not known, UTC is used; known: names such as Asia/Seoul`,
    });
  }
  return { language: language ?? 'en', zone, warnings };
}
