import type { CancelRequest } from '../domain/cancel-request.js';
import { isPositive, money } from '../domain/money.js';
import { type CancelItem, type ItemType, itemTypes } from '../domain/order.js';

const TEXT = '"([ !#-[\\]-~]*)"';
const NAME = '"([ !#-[\\]-~]+)"';
const NUMBER = '((?:0|[1-9]\\d{0,14})(?:\\.\\d{1,15})?)';
const COUNT = '([1-9]\\d{0,14})';

const HEAD = new RegExp(
  `\\{"orderNo":${NAME},"totalCancelAmount":${NUMBER},` +
    `(?:"refundAccount":\\{"accountNumber":${TEXT},"bankCode":${TEXT},"accountHolderName":${TEXT}\\},)?"items":\\[`,
  'y',
);
const ITEM = new RegExp(
  `\\{"seq":${COUNT},"itemType":"(${itemTypes.join('|')})","itemId":${NAME},"quantity":${COUNT},` +
    `"amount":${NUMBER}(?:,"taxAmount":${NUMBER})?\\}(,|\\]\\}$)`,
  'y',
);

/**
 * Reads a cancel as most programs write it: compact, in printable ASCII without escapes, every field known and in the
 * order of the documentation. `undefined` says nothing of the text: then `parseExact` and the table of the request
 * read it, which is slower, or refuse it. Where both read, both give the same.
 */
export function readPlainCancel(text: string): CancelRequest | undefined {
  HEAD.lastIndex = 0;
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const [, orderNo = '', total = '', accountNumber, bankCode, accountHolderName] = head;
  const totalCancelAmount = money(total);
  if (!isPositive(totalCancelAmount)) return undefined;

  const items: CancelItem[] = [];
  for (ITEM.lastIndex = HEAD.lastIndex; ; ) {
    const item = ITEM.exec(text);
    if (!item) return undefined;
    const [, seq = '', itemType, itemId = '', quantity = '', amount = '', tax, end] = item;
    items.push({
      seq: BigInt(seq),
      itemType: itemType as ItemType,
      itemId,
      quantity: BigInt(quantity),
      amount: money(amount),
      taxAmount: tax === undefined ? undefined : money(tax),
    });
    if (end !== ',') break;
  }
  const refundAccount =
    accountNumber !== undefined && bankCode !== undefined && accountHolderName !== undefined
      ? { accountNumber, bankCode, accountHolderName }
      : undefined;
  return refundAccount
    ? { orderNo, totalCancelAmount, refundAccount, items }
    : { orderNo, totalCancelAmount, items };
}
