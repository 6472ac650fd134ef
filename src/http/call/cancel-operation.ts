import { cancelPayment } from '../../app/cancel-payment.js';
import type { Warning } from '../../app/journal.js';
import { type Outcome, refused } from '../../app/outcome.js';
import { accountNumberIsNumeric, readCancelRequest, unknownFields } from '../../contract/cancel-request.js';
import type { ExactJson } from '../../contract/json/parse-exact.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { currencyExponent } from '../../domain/currency.js';
import { decide, decideWithoutOrder } from '../../domain/decide.js';
import type { Operation, OperationCall } from './operation.js';
import { unknownFieldFlags } from './unknown-fields.js';

/** EBP_API_232, cancel a payment. */
export const cancelOperation: Operation = {
  path: 'payment/cancel',
  countsAsCall: true,
  flags,
  async judge({ workspace, json, headers, mode, dialect }) {
    const result = readCancelRequest(json, dialect.lineAmount);
    if (!result.fits) return result.refusals;
    const { request } = result;
    const order = (await workspace.orders.read(request.orderNo))?.order;
    if (!order) return decideWithoutOrder(request);
    const decision = decide(order, request, provenCurrency(mode, headers));
    return decision.accepted ? [] : decision.refusals;
  },
  async run(call) {
    const outcome = await cancel(call);
    const { rule, refusals, data, before, after } = outcome;
    return { rule, refusals, data, before, after, warnings: warningsOf(call, outcome) };
  },
};

async function cancel(call: OperationCall): Promise<Outcome> {
  const { workspace, json, headers, scenario, baseScenario, mode, dialect, requestId, now } = call;
  const result = readCancelRequest(json, dialect.lineAmount);
  if (!result.fits) return refused(result.refusals);
  const { request } = result;
  return cancelPayment(workspace, {
    request,
    mention: { orderNo: request.orderNo, scenario, base: baseScenario },
    currency: currencyOf(headers),
    provenCurrency: provenCurrency(mode, headers),
    requestId,
    at: utcTimestamp(now),
  });
}

const CURRENCY = 'x-currency-code';

/** In mode strict the currency that is named must be the order's (reading R27). */
const provenCurrency = (
  mode: OperationCall['mode'],
  headers: OperationCall['headers'],
): string | undefined => (mode === 'strict' ? headers[CURRENCY] : undefined);

function currencyOf(headers: OperationCall['headers']): string | undefined {
  const currency = headers[CURRENCY];
  return currency !== undefined && currencyExponent(currency) !== undefined ? currency : undefined;
}

function flags(json: ExactJson, headers: OperationCall['headers']): Warning[] {
  const warnings = unknownFieldFlags(unknownFields(json));
  if (accountNumberIsNumeric(json)) {
    warnings.push({
      warning: 'refund-account.numeric',
      message: 'refundAccount.accountNumber came as a number: leading zeros are lost, send a string',
    });
  }
  for (const header of ['X-Idempotency-Key', 'Idempotency-Key']) {
    if (headers[header.toLowerCase()] === undefined) continue;
    warnings.push({
      warning: 'header.idempotency-key',
      message: `${header} is not documented for cancel and has no effect: a repeat is judged by the order`,
    });
  }
  return warnings;
}

function warningsOf({ headers, workspace, mode, now }: OperationCall, { rule, after }: Outcome): Warning[] {
  const warnings: Warning[] = [];
  const currency = currencyOf(headers);
  if (mode === 'lenient' && currency !== undefined && after && currency !== after.currency) {
    warnings.push({
      warning: 'header.currency-code',
      message: `X-Currency-Code is ${currency}, the order is in ${after.currency}`,
    });
  }
  const lost = rule === 'accepted' && after && workspace.journal.lostAnswer(after.orderNo, now);
  if (lost) {
    warnings.push({
      warning: 'money.moved-after-lost-answer',
      message:
        `the answer to request ${lost.requestId} ${lost.isCertain ? 'was' : 'may have been'} lost though its cancel was accepted; ` +
        'this cancel moved money of the same order again, and nobody had asked how it stands',
    });
  }
  return warnings;
}
