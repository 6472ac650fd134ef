import { cancelFields, itemFields } from '../../contract/cancel-request.js';
import type { Dialect } from '../../contract/dialect.js';
import { resultCodes } from '../../contract/error-table.js';
import { type Schema, schemaOf } from '../../contract/fields.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { detailFields, paymentStatus } from '../../contract/payment-detail.js';
import { money } from '../../domain/money.js';
import { paymentMethods } from '../../domain/order.js';
import { operations } from '../call/operations.js';
import { objectOf, PROBLEM_SCHEMA, ref, SERVERS } from './parts.js';
import { cancelSamples, detailSample } from './samples.js';

const string: Schema = { type: 'string' };
const amount: Schema = { type: 'number', minimum: 0, examples: [money('106000')] };

/** Headers that production requires beside the access key, as parameters. */
const headerParameters: Writable = [
  [
    'X-EBP-Signature',
    'Lower-case hex of SHA-256 over the body as sent, followed by the hash key; `sandbox-hash-key` is the published one',
    '0'.repeat(64),
  ],
  ['X-Division-Code', 'The division of the store', 'SBX'],
  ['X-Store-Id', 'The store', 'SANDBOX'],
  ['X-Channel-Code', 'The sales channel', 'SBX'],
  ['X-Ric-Code', 'The region: KIC, AIC or EIC', 'KIC'],
  ['X-Country-Code', 'ISO 3166-1 alpha-2', 'KR'],
  ['X-Currency-Code', 'ISO 4217', 'KRW'],
].map(([name = '', description = '', example = '']) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: string,
  example,
}));

const localeParameters: Writable = [
  {
    name: 'X-System-Language',
    in: 'header',
    description: 'The language of messages',
    schema: { type: 'string', enum: ['en', 'ko'] },
  },
  {
    name: 'Time-Zone',
    in: 'header',
    description: 'The zone of timestamps, such as Asia/Seoul',
    schema: string,
  },
] satisfies Writable;

/** What the document says of each operation, by its name. */
const described: Readonly<
  Record<
    string,
    {
      id: string;
      tag: string;
      summary: string;
      request: string;
      data: string;
      examples: Writable;
      answers: Writable;
    }
  >
> = {
  cancel: {
    id: 'cancelPayment',
    tag: 'EBP_API_232',
    summary: 'Cancel a payment, in whole or in part',
    request: 'CancelRequest',
    data: 'CancelData',
    examples: Object.fromEntries(
      cancelSamples.map(({ name, summary, request }) => [name, { summary, value: request }]),
    ),
    answers: Object.fromEntries(
      cancelSamples.map(({ name, summary, response }) => [name, { summary, value: response }]),
    ),
  },
  detail: {
    id: 'getPaymentDetail',
    tag: 'EBP_API_237',
    summary: 'Get the details of a payment',
    request: 'DetailRequest',
    data: 'DetailData',
    examples: { 'sample-order': { summary: 'The order of the samples', value: detailSample } },
    answers: {},
  },
};

/** The OpenAPI document of the EBP calls, as a Writable: amounts keep their decimals. */
export function ebpDocument({ errorShape }: Pick<Dialect, 'errorShape'>, version: string): Writable {
  return {
    openapi: '3.1.0',
    info: {
      title: 'EBP payment-cancel API, as this sandbox plays it',
      version,
      summary: 'EBP_API_232 and EBP_API_237',
      description:
        'Bodies are what production would send. Amounts are numbers with decimals, 106000.0: read them as decimals. ' +
        'Beside its parameters a call needs the headers `Accept: application/json` and `Content-Length`, so its body is ' +
        'not chunked. ' +
        'Where the specification is silent, the sandbox follows a written assumption.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: SERVERS,
    security: [{ accessKey: [] }],
    tags: Object.values(described).map(({ tag, summary }) => ({ name: tag, description: summary })),
    paths: Object.fromEntries(
      operations.map(({ name, path }) => [`/api/v2/${path}`, { post: operation(name) }]),
    ),
    components: {
      securitySchemes: {
        accessKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Access-Key',
          description: 'The access key of the store; `sandbox-access-key` is the published one',
        },
      },
      schemas: schemas(errorShape),
    },
  };
}

function operation(name: string): Writable {
  const { id, tag, summary, request, data, examples, answers } = described[name] ?? unknown(name);
  const failure = {
    'application/json': { schema: ref('Failure') },
  };
  return {
    operationId: id,
    tags: [tag],
    summary,
    parameters: [...(headerParameters as Writable[]), ...(localeParameters as Writable[])],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: ref(request), examples } },
    },
    responses: {
      200: {
        description: 'Success',
        content: {
          'application/json': {
            schema: ref(`${data.replace('Data', '')}Response`),
            ...(Object.keys(answers as object).length > 0 && { examples: answers }),
          },
        },
      },
      400: { description: 'Rejected by a rule, or by headers, key, signature or schema', content: failure },
      500: { description: 'A failure behind the API', content: failure },
      default: {
        description: 'Another status, or a word of the sandbox itself, such as on a steering mistake',
        content: { ...failure, 'application/problem+json': { schema: ref('Problem') } },
      },
    },
  };
}

function unknown(name: string): never {
  throw new Error(`the OpenAPI document does not know the operation ${name}`);
}

const envelope = (resultCode: Schema, data: Schema, further: Record<string, Writable> = {}): Schema =>
  objectOf({ resultCode, message: string, requestId: string, timestamp: timestamp, data, ...further });

const timestamp: Schema = {
  ...string,
  description: 'ISO 8601',
  examples: ['2025-12-30T21:14:13.909292900Z'],
};

function schemas(errorShape: Dialect['errorShape']): Writable {
  const success: Schema = { type: 'string', const: '0' };
  const errors: Schema = {
    type: 'array',
    items: {
      type: 'object',
      required: ['message'],
      properties: { field: string, header: string, message: string },
    },
  };
  return {
    CancelRequest: withExamples(schemaOf(cancelFields)),
    Item: withExamples(schemaOf(itemFields)),
    CancelResponse: envelope(success, ref('CancelData')),
    CancelData: objectOf({
      orderNo: string,
      totalProductAmount: amount,
      totalProductTaxAmount: amount,
      totalDeliveryAmount: amount,
      totalDeliveryTaxAmount: amount,
      processedCount: { type: 'integer', minimum: 1 },
      returnRequestId: string,
      items: { type: 'array', items: ref('Item') },
    }),
    DetailRequest: schemaOf(detailFields),
    DetailResponse: envelope(success, ref('DetailData')),
    DetailData: {
      ...objectOf({
        orderNo: string,
        storeRequestNo: string,
        pgTransactionId: string,
        paymentStatus: { type: 'string', enum: Object.values(paymentStatus) },
        assumed: ref('AssumedDetails'),
      }),
      properties: {
        orderNo: string,
        storeRequestNo: string,
        pgTransactionId: string,
        pgCancelTransactionId: { ...string, description: 'There once something was cancelled' },
        paymentStatus: { type: 'string', enum: Object.values(paymentStatus) },
        assumed: ref('AssumedDetails'),
      },
    },
    AssumedDetails: {
      description: 'Fields whose names are not published; see docs/fidelity.md',
      ...objectOf({
        statusCode: string,
        currency: string,
        paymentMethod: { type: 'string', enum: paymentMethods },
        orderedAt: string,
        totalAmount: amount,
        cancelledAmount: amount,
        remainingAmount: amount,
        items: { type: 'array', items: { type: 'object' } },
        cancels: { type: 'array', items: { type: 'object' } },
      }),
    },
    Failure: envelope(
      { type: 'string', enum: resultCodes.filter((code) => code !== '0') },
      { type: 'null' },
      errorShape === 'v0.5.12' ? { error: objectOf({ errorDetails: errors }) } : { errors },
    ),
    Problem: PROBLEM_SCHEMA,
  };
}

/** Amounts with an example that shows their decimals. */
function withExamples(schema: Writable): Writable {
  if (Array.isArray(schema)) return schema.map(withExamples);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type } = schema as { type?: Writable };
  const inside = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withExamples(value as Writable)]),
  );
  const isAmount = type === 'number' || (Array.isArray(type) && type[0] === 'number');
  return isAmount ? { ...inside, examples: [money('106000')] } : inside;
}
