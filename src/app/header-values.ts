import { reason } from '../contract/reasons.js';
import type { FrameRefusal, ValidHeader } from '../contract/refusals.js';
import { currencyExponent } from '../domain/currency.js';
import type { Warning } from './journal.js';

type Headers = Readonly<Record<string, string>>;
type Refusal = Extract<FrameRefusal, { rule: 'headers.valid' }>;

/** The common headers whose values are published (reading R28), and which values production documents. */
const published: readonly {
  readonly header: ValidHeader;
  readonly isValid: (value: string) => boolean;
}[] = [
  { header: 'Accept', isValid: acceptsJson },
  { header: 'Content-Encoding', isValid: (value) => value.toLowerCase() === 'identity' },
  { header: 'X-Ric-Code', isValid: (value) => ['KIC', 'AIC', 'EIC'].includes(value) },
  { header: 'X-Country-Code', isValid: (value) => countries.has(value) },
  { header: 'X-Currency-Code', isValid: (value) => currencyExponent(value) !== undefined },
];

const named = published.map((row) => ({ ...row, name: row.header.toLowerCase() }));

/** Headers whose values are not the published ones; a header that is not sent is not looked at. */
export function headerValueRefusals(headers: Headers): Refusal[] {
  const refusals: Refusal[] = [];
  for (const { header, name, isValid } of named) {
    const received = headers[name];
    if (!received || isValid(received)) continue;
    refusals.push({ rule: 'headers.valid', field: `header ${header}`, facts: { header, received } });
  }
  return refusals;
}

/** The same as warnings, for every mode: `header.ric-code` and its like. */
export const headerValueWarnings = (headers: Headers): Warning[] =>
  headerValueRefusals(headers).map(warningOf);

const warningOf = (refusal: Refusal): Warning => ({
  warning: `header.${refusal.facts.header.toLowerCase().replace(/^x-/, '')}`,
  message: reason(refusal, 'en'),
});

/** Whether `Accept` lets `application/json` through: the most specific range decides (RFC 9110 §12.5.1). */
function acceptsJson(accept: string): boolean {
  if (accept === 'application/json' || accept === '*/*') return true;
  const ranges = accept.toLowerCase().split(',');
  for (const wanted of ['application/json', 'application/*', '*/*']) {
    const qualities = ranges.flatMap((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
      return type === wanted ? [qualityOf(parameters)] : [];
    });
    if (qualities.length > 0) return qualities.some((quality) => quality > 0);
  }
  return false;
}

const qualityOf = (parameters: readonly string[]): number =>
  Number(parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1] ?? '1');

/** ISO 3166-1 alpha-2. Not taken from Intl, whose names take seven megabytes that nothing else here needs. */
const countries = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW ' +
    'BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI ' +
    'FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN ' +
    'IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME ' +
    'MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF ' +
    'PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV ' +
    'SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE ' +
    'YT ZA ZM ZW'
  ).split(' '),
);
