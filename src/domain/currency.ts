import { code } from 'currency-codes';

const exponents = new Map<string, number | undefined>();

/** The currency exponent of ISO 4217: 0 for KRW, 2 for USD; `undefined` for a code that is none. */
export function currencyExponent(currency: string): number | undefined {
  if (!/^[A-Z]{3}$/.test(currency)) return undefined;
  if (!exponents.has(currency)) exponents.set(currency, code(currency)?.digits);
  return exponents.get(currency);
}
