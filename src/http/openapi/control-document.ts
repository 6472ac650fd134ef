import { z } from 'zod';
import { statuses } from '../../app/certification/check.js';
import type { Schema } from '../../contract/fields.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { checkLevels } from '../../steering/checklist.js';
import type { Scenarios } from '../../steering/scenario.js';
import { ruleSchema } from '../control/arm-routes.js';
import { certificationQuery, languageQuery } from '../control/certification-routes.js';
import { advanceSchema, clockSchema } from '../control/clock-routes.js';
import { defaultsSchema } from '../control/defaults-routes.js';
import { orderWishSchema } from '../control/order-wish-schema.js';
import { pageSchema } from '../control/page-query.js';
import { filterSchema } from '../control/request-routes.js';
import { verifySchema } from '../control/verify-route.js';
import { endpointSchema, webhooksQuery } from '../control/webhook-routes.js';
import { objectOf, PROBLEM_SCHEMA, ref, SERVERS } from './parts.js';

/** One call of the control plane. */
export interface ControlOperation {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below `/_sandbox`, parameters in braces. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** The body: a schema of zod by which the route reads it, or one by its name. */
  readonly body?: z.ZodType | Schema;
  /** The name of the body's schema, where an array of such bodies is accepted as well. */
  readonly oneOrMany?: string;
  /** The answer by its status; no content where the schema is `undefined`. */
  readonly answers: Readonly<Record<number, Schema | undefined>>;
}

const string: Schema = { type: 'string' };
const open: Schema = { type: 'object' };
const count: Schema = { type: 'integer' };
const listOfStrings: Schema = { type: 'array', items: string };
const listOf = (name: string, items: Schema): Schema => objectOf({ [name]: { type: 'array', items } });
const pageOf = (name: string, items: Schema): Schema =>
  objectOf({ [name]: { type: 'array', items }, next: { type: ['string', 'null'] } });

/** Every call of the control plane; `test/openapi.test.ts` compares the list with the routes. */
export const controlOperations = (scenarios: Scenarios): readonly ControlOperation[] => [
  op('get', '/health', 'getHealth', 'Tables', 'Liveness, version, store and mode', { 200: ref('Health') }),
  op('get', '/rules', 'listRules', 'Tables', 'The rules, in the order in which they decide', {
    200: listOf('rules', open),
  }),
  op('get', '/errors', 'listErrors', 'Tables', 'The published error table', { 200: listOf('errors', open) }),
  op('get', '/scenarios', 'listScenarios', 'Tables', 'The scenarios', { 200: pageOf('scenarios', open) }),
  op('get', '/scenarios/{name}', 'getScenario', 'Tables', 'One scenario', { 200: open }),
  op(
    'get',
    '/orders',
    'listOrders',
    'Orders',
    'The orders of the workspace',
    { 200: pageOf('orders', ref('Order')) },
    { query: pageSchema },
  ),
  op(
    'post',
    '/orders',
    'createOrder',
    'Orders',
    'Create an order, or several from an array',
    { 201: { oneOf: [ref('Order'), pageOf('orders', ref('Order'))] } },
    { body: orderWishSchema(scenarios), oneOrMany: 'OrderWish' },
  ),
  op('get', '/orders/{orderNo}', 'getOrder', 'Orders', 'One order', { 200: ref('Order') }),
  op('delete', '/orders/{orderNo}', 'deleteOrder', 'Orders', 'Delete an order', { 204: undefined }),
  op('post', '/orders/{orderNo}/capture', 'captureOrder', 'Orders', 'Capture an authorized order', {
    200: ref('Order'),
  }),
  op(
    'get',
    '/requests',
    'listRequests',
    'Journal',
    'The journal, newest first',
    { 200: pageOf('requests', ref('JournalEntry')) },
    { query: filterSchema },
  ),
  op('get', '/requests/{requestId}', 'getRequest', 'Journal', 'One entry of the journal', {
    200: ref('JournalEntry'),
  }),
  op('delete', '/requests', 'clearRequests', 'Journal', 'Empty the journal', { 204: undefined }),
  op(
    'post',
    '/verify',
    'verify',
    'Journal',
    'Assert how many calls there were',
    { 200: ref('Verdict') },
    { body: verifySchema },
  ),
  op('get', '/events', 'streamEvents', 'Journal', 'What happens in the workspace, as server-sent events', {
    200: string,
  }),
  op(
    'get',
    '/checklists',
    'listChecklists',
    'Certification',
    'The checklists that a client can be certified by',
    { 200: pageOf('checklists', ref('Checklist')) },
    { query: languageQuery },
  ),
  op(
    'get',
    '/certification',
    'certify',
    'Certification',
    'What the traffic of the workspace says about the client',
    { 200: ref('Certification') },
    { query: certificationQuery },
  ),
  op(
    'post',
    '/certification',
    'certifyBy',
    'Certification',
    'The same by a checklist that is sent along, in YAML or JSON',
    { 200: ref('Certification') },
    { query: certificationQuery, body: { type: 'object', description: 'A checklist' } },
  ),
  op(
    'get',
    '/lint',
    'lint',
    'Certification',
    'What ordinary traffic of the workspace shows that will hurt one day',
    {
      200: listOf(
        'findings',
        objectOf({
          id: string,
          message: string,
          field: { type: ['string', 'null'] },
          requests: listOfStrings,
        }),
      ),
    },
    { query: languageQuery },
  ),
  op('get', '/defaults', 'getDefaults', 'Steering', 'The steering words of the workspace', { 200: open }),
  op(
    'put',
    '/defaults',
    'setDefaults',
    'Steering',
    'Replace the steering words of the workspace',
    { 200: open },
    { body: defaultsSchema },
  ),
  op('get', '/arm', 'listArmed', 'Steering', 'The armed rules, spent ones included', {
    200: listOf('armed', ref('ArmedRule')),
  }),
  op(
    'post',
    '/arm',
    'arm',
    'Steering',
    'Arm trouble for the next calls that fit',
    { 201: { oneOf: [ref('ArmedRule'), listOf('armed', ref('ArmedRule'))] } },
    { body: ruleSchema, oneOrMany: 'ArmRule' },
  ),
  op('delete', '/arm', 'clearArmed', 'Steering', 'Disarm all rules', { 204: undefined }),
  op('delete', '/arm/{id}', 'disarm', 'Steering', 'Disarm one rule', { 204: undefined }),
  op(
    'post',
    '/explain',
    'explain',
    'Steering',
    'The answer that a cancel would get now, and why',
    { 200: open },
    { body: { type: 'object', description: 'The body of the cancel' } },
  ),
  op('get', '/clock', 'getClock', 'World', 'The clock of the workspace', { 200: ref('Clock') }),
  op(
    'put',
    '/clock',
    'setClock',
    'World',
    'Set or freeze the clock',
    { 200: ref('Clock') },
    { body: clockSchema },
  ),
  op(
    'post',
    '/clock/advance',
    'advanceClock',
    'World',
    'Advance the clock, and send what falls due',
    { 200: ref('Advanced') },
    { body: advanceSchema },
  ),
  op(
    'get',
    '/webhooks',
    'listWebhooks',
    'Webhooks',
    'The endpoint, and the events with their deliveries, oldest first',
    { 200: ref('Webhooks') },
    { query: webhooksQuery },
  ),
  op(
    'put',
    '/webhooks',
    'setWebhooks',
    'Webhooks',
    'Set where webhooks go, and what goes wrong with them',
    { 200: objectOf({ endpoint: ref('WebhookEndpoint') }) },
    { body: endpointSchema },
  ),
  op('delete', '/webhooks', 'endWebhooks', 'Webhooks', 'Send no webhooks any more', { 204: undefined }),
  op('post', '/webhooks/{id}/redeliver', 'redeliverWebhook', 'Webhooks', 'Send an event again', {
    202: ref('WebhookEvent'),
  }),
  op('get', '/snapshot', 'getSnapshot', 'World', 'The workspace as one document', { 200: ref('Snapshot') }),
  op(
    'put',
    '/snapshot',
    'restoreSnapshot',
    'World',
    'Replace the workspace by such a document',
    { 200: objectOf({ name: string, orders: count, requests: count }) },
    { body: ref('Snapshot') },
  ),
  op(
    'get',
    '/workspaces',
    'listWorkspaces',
    'World',
    'The workspaces of the server',
    { 200: pageOf('workspaces', ref('Workspace')) },
    { query: pageSchema },
  ),
  op('delete', '/workspaces/{name}', 'deleteWorkspace', 'World', 'Delete a workspace', { 204: undefined }),
  op('post', '/reset', 'reset', 'World', 'The workspace back to fresh', { 204: undefined }),
  op('get', '/openapi.json', 'getOpenapi', 'Tables', 'The OpenAPI document of the EBP calls', { 200: open }),
  op('get', '/control-openapi.json', 'getControlOpenapi', 'Tables', 'This document', { 200: open }),
];

function op(
  method: ControlOperation['method'],
  path: string,
  id: string,
  tag: string,
  summary: string,
  answers: ControlOperation['answers'],
  further: Pick<ControlOperation, 'query' | 'body' | 'oneOrMany'> = {},
): ControlOperation {
  return { method, path, id, tag, summary, answers, ...further };
}

/** Zod's schema of what comes in, as JSON Schema; the exact numbers bring theirs as meta. */
function jsonSchema(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest as unknown as Schema;
}

const bodySchema = (body: z.ZodType | Schema): Schema =>
  body instanceof z.ZodType ? jsonSchema(body) : body;

/** The OpenAPI document of the control plane. */
export function controlDocument(scenarios: Scenarios, version: string): Writable {
  const operations = controlOperations(scenarios);
  const paths: Record<string, Record<string, Writable>> = {};
  for (const operation of operations) {
    const path = `/_sandbox${operation.path}`;
    paths[path] = { ...paths[path], [operation.method]: written(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Control plane of ebp-sandbox',
      version,
      description:
        'The API of the sandbox itself. The workspace is named by the header X-Sandbox-Workspace, by the query parameter ' +
        'workspace, or by a base path /w/{workspace}.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: SERVERS,
    // A token is asked for only where the sandbox was started with one.
    security: [{}, { token: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name, description: tags[name] })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: { workspace },
      schemas: {
        ...answerSchemas,
        ...Object.fromEntries(
          operations.flatMap(({ oneOrMany, body }) =>
            oneOrMany && body ? [[oneOrMany, bodySchema(body)]] : [],
          ),
        ),
      },
    },
  };
}

const tags: Readonly<Record<string, string>> = {
  Tables: 'What the sandbox knows',
  Orders: 'The orders of a workspace',
  Journal: 'The calls of the EBP API',
  Certification: 'How a client behaves',
  Steering: 'What calls meet',
  Webhooks: 'What the platform tells a store',
  World: 'Clock, snapshot, reset and end of workspaces',
};

const workspace: Writable = {
  name: 'X-Sandbox-Workspace',
  in: 'header',
  description: 'The workspace; `default` without it',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' },
};

function written({ path, id, tag, summary, query, body, oneOrMany, answers }: ControlOperation): Writable {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: string,
  }));
  const schema =
    body &&
    (oneOrMany ? { oneOf: [ref(oneOrMany), { type: 'array', items: ref(oneOrMany) }] } : bodySchema(body));
  const content = schema && { 'application/json': { schema } };
  return {
    operationId: id,
    tags: [tag],
    summary,
    parameters: [
      ...inPath,
      { $ref: '#/components/parameters/workspace' },
      ...(query ? queryParameters(query) : []),
    ],
    ...(content && { requestBody: { required: true, content } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          {
            description: schema ? 'Success' : 'Success, without content',
            ...(schema && { content: { [mediaTypeOf(schema)]: { schema } } }),
          },
        ]),
      ),
      '4XX': {
        description: 'A mistake, said by the sandbox',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    },
  };
}

const mediaTypeOf = (schema: Schema): string =>
  schema === string ? 'text/event-stream' : 'application/json';

const queryParameters = (query: z.ZodObject): Writable[] =>
  Object.entries((jsonSchema(query).properties ?? {}) as Record<string, Writable>).map(([name, schema]) => ({
    name,
    in: 'query',
    schema: name === 'status' || name === 'limit' ? { type: 'integer', ...(schema as Schema) } : schema,
  }));

const amount: Schema = { type: 'number' };

const item = {
  seq: { type: 'integer' },
  itemType: string,
  itemId: string,
  quantity: { type: 'integer' },
  amount,
} as const;

const clock = { now: string, frozen: { type: 'boolean' } } as const;

const webhook = { id: string, eventType: string, orderNo: string, state: string } as const;

const attempt = {
  attempt: { type: 'integer' },
  at: string,
  timestamp: string,
  signature: { type: ['string', 'null'] },
  status: { type: ['integer', 'null'] },
  answer: { type: ['string', 'null'] },
  error: { type: ['string', 'null'] },
  durationMs: { type: 'number' },
} as const;

const answerSchemas: Readonly<Record<string, Schema>> = {
  Health: objectOf({ status: string, version: string, store: string, mode: string }),
  Order: objectOf({
    orderNo: string,
    state: string,
    statusCode: string,
    currency: string,
    paymentMethod: string,
    orderedAt: string,
    totalAmount: amount,
    cancelledAmount: amount,
    remainingAmount: amount,
    items: {
      type: 'array',
      items: objectOf({
        ...item,
        cancelledAmount: amount,
        remainingAmount: amount,
        cancelledTaxAmount: amount,
        remainingTaxAmount: amount,
      }),
    },
    cancels: {
      type: 'array',
      items: objectOf({
        returnRequestId: string,
        requestId: string,
        at: string,
        totalCancelAmount: amount,
        items: { type: 'array', items: objectOf(item) },
      }),
    },
    scenario: { type: ['string', 'null'] },
  }),
  JournalEntry: objectOf({
    requestId: string,
    receivedAt: string,
    operation: { type: ['string', 'null'] },
    orderNo: { type: ['string', 'null'] },
    request: open,
    correlation: open,
    applied: { type: 'array', items: objectOf({ word: string, value: string, via: string }) },
    rule: { type: ['object', 'null'] },
    refusals: { type: 'array', items: open },
    orderState: { type: ['object', 'null'] },
    warnings: { type: 'array', items: objectOf({ warning: string, message: string }) },
    answer: { type: ['object', 'null'] },
    answerIs: { type: 'string', enum: ['decision', 'injected', 'sandbox'] },
    delivery: open,
    durationMs: { type: ['number', 'null'] },
  }),
  ArmedRule: objectOf({
    id: string,
    operation: string,
    times: { type: ['integer', 'string'] },
    remaining: { type: ['integer', 'string'] },
    hits: { type: 'integer' },
    completed: { type: 'boolean' },
  }),
  Checklist: objectOf({
    name: string,
    version: string,
    digest: string,
    title: string,
    checks: { type: 'array', items: objectOf({ id: string, title: string, level: string }) },
  }),
  Certification: objectOf({
    checklist: objectOf({ name: string, version: string, digest: string }),
    product: objectOf({ name: string, version: string }),
    workspace: string,
    verdict: { type: 'string', enum: ['passed', 'failed', 'incomplete'] },
    observed: open,
    limits: open,
    readings: open,
    checks: {
      type: 'array',
      items: objectOf({
        id: string,
        title: string,
        level: { type: 'string', enum: checkLevels },
        status: { type: 'string', enum: statuses },
        why: string,
        requests: { type: 'array', items: string },
      }),
    },
  }),
  Verdict: objectOf({ count, requestIds: { type: 'array', items: string } }),
  Clock: objectOf(clock),
  Snapshot: {
    ...open,
    description: "A document with version and checksum; its content is the sandbox's own",
  },
  Workspace: objectOf({
    name: string,
    orders: count,
    requests: count,
    lastUsedAt: string,
    expiresAt: { type: ['string', 'null'] },
  }),
  Advanced: objectOf({
    ...clock,
    ran: {
      type: 'array',
      items: { ...objectOf(webhook), properties: { ...webhook, ...attempt } },
    },
  }),
  Webhooks: objectOf({
    endpoint: { oneOf: [ref('WebhookEndpoint'), { type: 'null' }] },
    events: { type: 'array', items: ref('WebhookEvent') },
    next: { type: ['string', 'null'] },
  }),
  WebhookEndpoint: objectOf({
    url: string,
    secret: string,
    events: { type: 'array', items: string },
    retries: { type: 'array', items: { type: 'number' } },
    trouble: open,
  }),
  WebhookEvent: objectOf({
    ...webhook,
    eventTime: string,
    due: { type: ['string', 'null'] },
    payload: string,
    deliveries: { type: 'array', items: objectOf(attempt) },
  }),
  Problem: PROBLEM_SCHEMA,
};
