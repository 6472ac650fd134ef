import type { CancelRequest } from '../cancel-request.js';
import { currencyExponent } from '../currency.js';
import { decimalsOf, type Money } from '../money.js';
import type { RefusalOf } from '../refusal.js';

/** No amount has more decimals than the currency; trailing zeros do not count (reading R23). */
export function amountCurrencyDecimals(
  currency: string,
  { totalCancelAmount, items }: CancelRequest,
): RefusalOf<'amount.currency-decimals'>[] {
  const exponent = currencyExponent(currency) ?? 0;
  const refusals: RefusalOf<'amount.currency-decimals'>[] = [];
  const check = (field: string, amount: Money) => {
    const decimals = decimalsOf(amount);
    if (decimals <= exponent) return;
    refusals.push({
      rule: 'amount.currency-decimals',
      field,
      facts: { amount, decimals, currency, exponent },
    });
  };
  check('totalCancelAmount', totalCancelAmount);
  for (const [index, { amount, taxAmount }] of items.entries()) {
    check(`items[${index}].amount`, amount);
    if (taxAmount !== undefined) check(`items[${index}].taxAmount`, taxAmount);
  }
  return refusals;
}
