import { refused } from '../../app/outcome.js';
import { paymentDetail } from '../../app/payment-detail.js';
import { unknownFields } from '../../contract/fields.js';
import { detailFields, readDetailRequest } from '../../contract/payment-detail.js';
import type { Operation } from './operation.js';
import { unknownFieldWarnings } from './unknown-fields.js';

const find: Operation['explain'] = async ({ body }, { orders }) => {
  const result = readDetailRequest(body.json ?? null);
  return result.fits ? paymentDetail(orders, result.orderNo) : refused(result.refusals);
};

/** EBP_API_237, get payment details: it changes nothing, so to commit is to explain. */
export const detailOperation: Operation = {
  name: 'detail',
  path: 'payment/detail',
  countsAsStep: false,
  warnings: ({ json }) => unknownFieldWarnings(unknownFields(json, detailFields)),
  commit: find,
  explain: find,
  outcomeWarnings: () => [],
};
