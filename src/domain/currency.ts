import { code } from 'currency-codes';

const exponents = new Map<string, number>();

/** The currency exponent of ISO 4217: 0 for KRW, 2 for USD; `undefined` for a code that is none. */
export function currencyExponent(currency: string): number | undefined {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  if (!/^[A-Z]{3}$/.test(currency)) return undefined;
  const exponent = code(currency)?.digits;
  if (exponent !== undefined) exponents.set(currency, exponent);
  return exponent;
}
