import type { Answer } from './answer.js';
import { ITEMS_ECHOED } from './cancel.js';

type Check = (answer: Answer, orderNo: string) => boolean;

const succeeded = ({ status, body }: Answer) => status === 200 && /"resultCode": ?"0"/.test(body);

const names = ({ body }: Answer, orderNo: string) => body.includes(`"${orderNo}"`);

/** What an answer must be for its cancel to count, by what the server can do. */
export const checks = {
  /** The sandbox: every amount exact, of this order, items as they were sent. */
  exact: ({ status, body }, orderNo) =>
    status === 200 &&
    body.startsWith('{"resultCode":"0","message":"SUCCESS",') &&
    body.includes(
      `"data":{"orderNo":"${orderNo}","totalProductAmount":6000.0,"totalProductTaxAmount":0.0,` +
        '"totalDeliveryAmount":0.0,"totalDeliveryTaxAmount":0.0,"processedCount":2,',
    ) &&
    body.endsWith(ITEMS_ECHOED),
  /** The success envelope with this order number, numbers as JSON prints them. */
  envelope: (answer, orderNo) => succeeded(answer) && names(answer, orderNo),
  /** The success envelope of an example that never changes. */
  example: (answer) => succeeded(answer),
  /** No envelope: the request kept and given back. */
  kept: (answer, orderNo) => answer.status === 201 && names(answer, orderNo),
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;
