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
  { header: 'X-Country-Code', isValid: isCountry },
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
  headerValueRefusals(headers).map((refusal) => ({
    warning: `header.${refusal.facts.header.toLowerCase().replace(/^x-/, '')}`,
    message: reason(refusal, 'en'),
  }));

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

/** Regions that Intl has a name for and ISO 3166-1 assigns to no country: reserved ones and Unicode's own. */
const NO_COUNTRIES = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' '));

const countries = new Map<string, boolean>();
let regions: Intl.DisplayNames | undefined;

/** An ISO 3166-1 alpha-2 code. Codes that were withdrawn have a successor in Intl: `UK` is `GB`. */
function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code)) return false;
  const known = countries.get(code);
  if (known !== undefined) return known;
  regions ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const [tag] = Intl.getCanonicalLocales(`und-${code}`);
  const isOne = !NO_COUNTRIES.has(code) && tag === `und-${code}` && regions.of(code) !== undefined;
  countries.set(code, isOne);
  return isOne;
}
