import { refused } from '../../app/outcome.js';
import { paymentDetail } from '../../app/payment-detail.js';
import { readDetailRequest, unknownDetailFields } from '../../contract/payment-detail.js';
import type { Operation } from './operation.js';
import { unknownFieldFlags } from './unknown-fields.js';

/** EBP_API_237, get payment details. */
export const detailOperation: Operation = {
  path: 'payment/detail',
  countsAsCall: false,
  flags: (json) => unknownFieldFlags(unknownDetailFields(json)),
  async judge({ json }) {
    const result = readDetailRequest(json);
    return result.fits ? [] : result.refusals;
  },
  async run({ workspace, json }) {
    const result = readDetailRequest(json);
    if (!result.fits) return refused(result.refusals);
    return paymentDetail(workspace, result.orderNo);
  },
};
