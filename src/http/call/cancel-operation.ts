import { type CancelCommand, cancelPayment, explainCancel } from '../../app/cancel-payment.js';
import type { Warning } from '../../app/journal.js';
import { type Outcome, refused } from '../../app/outcome.js';
import type { Soon } from '../../app/ports.js';
import type { ParsedBody } from '../../contract/body.js';
import { accountNumberIsNumeric, cancelFields, readCancelBody } from '../../contract/cancel-request.js';
import { unknownFields } from '../../contract/fields.js';
import { currencyExponent } from '../../domain/currency.js';
import type { Operation, OperationRequest } from './operation.js';
import { unknownFieldWarnings } from './unknown-fields.js';

/** EBP_API_232, cancel a payment. */
export const cancelOperation: Operation = {
  name: 'cancel',
  path: 'payment/cancel',
  countsAsStep: true,
  warnings,
  commit: (request, storage) => withCommand(request, (command) => cancelPayment(storage, command)),
  explain: (request, storage) => withCommand(request, (command) => explainCancel(storage, command)),
  outcomeWarnings,
};

function withCommand(
  { body, headers, source, webhooks, mode, dialect, requestId, now }: OperationRequest,
  run: (command: CancelCommand) => Soon<Outcome>,
): Soon<Outcome> {
  const result = readCancelBody(body, dialect.lineAmount);
  if (!result.fits) return refused(result.refusals);
  return run({
    request: result.request,
    source,
    webhooks,
    currency: currencyOf(headers),
    // In mode strict the currency that the request names must be the order's (reading R27).
    provenCurrency: mode === 'strict' ? headers[CURRENCY] : undefined,
    requestId,
    now,
  });
}

const CURRENCY = 'x-currency-code';

function currencyOf(headers: OperationRequest['headers']): string | undefined {
  const currency = headers[CURRENCY];
  return currency !== undefined && currencyExponent(currency) !== undefined ? currency : undefined;
}

const idempotencyHeaders = [
  ['x-idempotency-key', 'X-Idempotency-Key'],
  ['idempotency-key', 'Idempotency-Key'],
] as const;

function warnings(body: ParsedBody, headers: OperationRequest['headers']): Warning[] {
  // A plain cancel has known fields only, and strings in its account.
  const json = body.plain ? null : (body.json ?? null);
  const warnings = unknownFieldWarnings(unknownFields(json, cancelFields));
  if (accountNumberIsNumeric(json)) {
    warnings.push({
      warning: 'refund-account.numeric',
      message: 'refundAccount.accountNumber is a number, so leading zeros are lost: send a string',
    });
  }
  for (const [name, header] of idempotencyHeaders) {
    if (headers[name] === undefined) continue;
    warnings.push({
      warning: 'header.idempotency-key',
      message: `${header} is not documented for cancel and has no effect: the state of the order decides about a repeated request`,
    });
  }
  return warnings;
}

function outcomeWarnings({ headers, mode }: OperationRequest, outcome: Outcome): Warning[] {
  const order =
    outcome.kind === 'cancelled' ? outcome.after : outcome.kind === 'refused' ? outcome.order : undefined;
  const currency = currencyOf(headers);
  if (mode !== 'lenient' || currency === undefined || !order || currency === order.currency) return [];
  return [
    {
      warning: 'header.currency-code',
      message: `X-Currency-Code is ${currency}, but the order is in ${order.currency}`,
    },
  ];
}
