import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountNumberIsNumeric, cancelFields, readCancelRequest } from '../src/contract/cancel-request.js';
import { unknownFields } from '../src/contract/fields.js';
import { parseExact } from '../src/contract/json/parse-exact.js';
import { readPlainCancel } from '../src/contract/plain-cancel.js';
import { itemTypes } from '../src/domain/order.js';

const text = fc.oneof(
  { weight: 15, arbitrary: fc.stringMatching(/^[A-Z0-9]{1,20}$/) },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);
const written = text.map((value) => JSON.stringify(value));
const number = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 200_000 }).map(String) },
  fc.stringMatching(/^-?\d{1,17}(\.\d{1,17})?([eE][+-]?\d{1,2})?$/),
  fc.constantFrom('0', '0.0', '3000.0', '30.30', '999999999999999', '1e400', '"1"', 'null'),
);
const count = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 9 }).map(String) }, number);

const member = (name: string, value: fc.Arbitrary<string>) => value.map((of) => `"${name}":${of}`);
const object = (...members: fc.Arbitrary<string>[]) =>
  fc.tuple(...members).map((all) => `{${all.join(',')}}`);

const item = fc.boolean().chain((hasTax) =>
  object(
    member('seq', count),
    member(
      'itemType',
      fc.constantFrom(...itemTypes, ...itemTypes, ...itemTypes, 'GIFT').map((type) => `"${type}"`),
    ),
    member('itemId', written),
    member('quantity', count),
    member('amount', number),
    ...(hasTax ? [member('taxAmount', number)] : []),
  ),
);
const account = object(
  member('accountNumber', fc.oneof(written, fc.constant('12345'))),
  member('bankCode', written),
  member('accountHolderName', written),
);
const cancel = fc.boolean().chain((hasAccount) =>
  object(
    member('orderNo', written),
    member('totalCancelAmount', number),
    ...(hasAccount ? [member('refundAccount', account)] : []),
    member(
      'items',
      fc.array(item, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    ),
  ),
);

/** One character more, less or other, as a slip or a cut makes it. */
const changed = fc
  .tuple(
    cancel,
    fc.nat(),
    fc.constantFrom('', '"', '{', '}', ',', ' ', '0', '\\', 'é', '\n'),
    fc.nat({ max: 1 }),
  )
  .map(([whole, at, by, skipped]) => {
    const place = at % whole.length;
    return whole.slice(0, place) + by + whole.slice(place + skipped);
  });

/** What the exact parser and the table of the request make of it. */
function readByTable(body: string) {
  const json = parseExact(body);
  const result = readCancelRequest(json, 'perUnit');
  if (!result.fits) throw new Error('the table refuses it');
  return {
    request: result.request,
    unknown: unknownFields(json, cancelFields),
    isNumeric: accountNumberIsNumeric(json),
  };
}

describe('a plain cancel is read as the exact parser and the table read it', () => {
  test.each([
    ['as programs write it', cancel],
    ['with one character changed', changed],
  ])('%s', (_, bodies) => {
    let plain = 0;
    fc.assert(
      fc.property(bodies, (body) => {
        const request = readPlainCancel(body);
        if (!request) return;
        plain += 1;
        expect(readByTable(body)).toEqual({ request, unknown: [], isNumeric: false });
      }),
      { numRuns: 3000 },
    );
    expect(plain).toBeGreaterThan(20);
  });

  test.each([
    [
      'white space',
      '{ "orderNo":"A","totalCancelAmount":1,"items":[{"seq":1,"itemType":"DIGITAL","itemId":"I","quantity":1,"amount":1}]}',
    ],
    [
      'something behind it',
      '{"orderNo":"A","totalCancelAmount":1,"items":[{"seq":1,"itemType":"DIGITAL","itemId":"I","quantity":1,"amount":1}]}\n',
    ],
    [
      'a total of zero',
      '{"orderNo":"A","totalCancelAmount":0.0,"items":[{"seq":1,"itemType":"DIGITAL","itemId":"I","quantity":1,"amount":0}]}',
    ],
    ['no item', '{"orderNo":"A","totalCancelAmount":1,"items":[]}'],
  ])('%s is left to them', (_, body) => {
    expect(readPlainCancel(body)).toBeUndefined();
  });
});
