import type { CancelRequest } from '../cancel-request.js';
import { currencyExponent } from '../currency.js';
import { decimalsOf, type Money, ZERO } from '../money.js';
import type { CancelItem } from '../order.js';
import type { RefusalOf } from '../refusal.js';

/** No amount has more decimals than the currency; trailing zeros do not count (reading R23). */
export function amountCurrencyDecimals(
  currency: string,
  { totalCancelAmount, items }: CancelRequest,
): RefusalOf<'amount.currency-decimals'>[] {
  const exponent = currencyExponent(currency) ?? 0;
  const refusals: RefusalOf<'amount.currency-decimals'>[] = [];
  const isTooFine = (amount: Money) => decimalsOf(amount) > exponent;
  const refuse = (field: string, amount: Money) => {
    const facts = { amount, decimals: decimalsOf(amount), currency, exponent };
    refusals.push({ rule: 'amount.currency-decimals', field, facts });
  };
  if (isTooFine(totalCancelAmount)) refuse('totalCancelAmount', totalCancelAmount);
  for (let index = 0; index < items.length; index += 1) {
    const { amount, taxAmount = ZERO } = items[index] as CancelItem;
    if (isTooFine(amount)) refuse(`items[${index}].amount`, amount);
    if (isTooFine(taxAmount)) refuse(`items[${index}].taxAmount`, taxAmount);
  }
  return refusals;
}
