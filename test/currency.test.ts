import { expect, test } from 'vitest';
import { currencyExponent } from '../src/domain/currency.js';

test.each([
  ['KRW', 0],
  ['JPY', 0],
  ['USD', 2],
  ['XCG', 2],
  // Intl prices these without decimals; ISO 4217 has them.
  ['HUF', 2],
  ['IQD', 3],
  ['LBP', 2],
  ['BHD', 3],
  ['CLF', 4],
])('%s has %d decimals', (code, decimals) => {
  expect(currencyExponent(code)).toBe(decimals);
});

test.each(['XXX', 'XTS', 'XAU', 'XDR', 'DEM', 'ITL', 'ANG', 'HRK', 'ZZZ', 'krw', 'KR', ' KRW', ''])(
  '%j is no currency in use',
  (code) => {
    expect(currencyExponent(code)).toBeUndefined();
  },
);

/** Withdrawn from ISO 4217, and kept by the ICU of some versions of Node. */
const WITHDRAWN = ['ANG', 'BGN', 'HRK', 'SLL', 'ZWL'];

const ofIntl = Intl.supportedValuesOf('currency');

// A currency that a new Node knows and the table does not is missing here: ISO 4217 has been amended.
test.skipIf(ofIntl.length > 200)(
  'the table has every currency that Intl knows, but for withdrawn ones',
  () => {
    const unknown = ofIntl.filter((code) => currencyExponent(code) === undefined);
    expect(
      unknown.filter(
        (code) => !WITHDRAWN.includes(code) && !/^X(AG|AU|B[A-D]|DR|PD|PT|SU|TS|UA|XX)$/.test(code),
      ),
    ).toEqual([]);
  },
);
