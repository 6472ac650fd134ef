import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { cancelFields, readCancelRequest } from '../src/contract/cancel-request.js';
import { schemaOf } from '../src/contract/fields.js';
import { parseExact } from '../src/contract/json/parse-exact.js';
import { type Writable, writeExact } from '../src/contract/json/write-exact.js';
import { detailFields, readDetailRequest } from '../src/contract/payment-detail.js';
import { itemTypes } from '../src/domain/order.js';
import { controlPlane } from '../src/http/control/control-plane.js';
import { controlOperations } from '../src/http/openapi/control-document.js';
import { cancelOf, compact, line1, line2, SAMPLE_ORDER, samples } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const newAjv = () => new Ajv2020({ strict: false });

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into freely
type Document = any;

let world: World;
let ebp: Document;
let control: Document;
beforeAll(async () => {
  world = newWorld();
  ebp = (await world.get('/_sandbox/openapi.json')).json;
  control = (await world.get('/_sandbox/control-openapi.json')).json;
});

const answerOf = (document: Document, path: string, method: string, status: number) => {
  const { responses } = document.paths[path][method];
  const { content } = responses[status] ?? responses[`${String(status)[0]}XX`] ?? responses.default;
  return content;
};

/** What an answer has that the document does not know, or lacks that it promises. */
function misfits(
  document: Document,
  path: string,
  method: string,
  answer: Awaited<ReturnType<World['get']>>,
) {
  const mediaType = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const content = answerOf(document, path, method, answer.status);
  if (!content?.[mediaType]) return [`${answer.status} ${mediaType} is not in the document`];
  const ajv = newAjv();
  const validate = ajv.compile({ ...content[mediaType].schema, components: document.components });
  return validate(answer.json) ? [] : validate.errors;
}

const CANCEL_PATH = '/api/v2/payment/cancel';
const DETAIL_PATH = '/api/v2/payment/detail';

describe('the document of the EBP calls', () => {
  test('has the samples of the specification, amounts with their decimals', async () => {
    const { text } = await world.get('/_sandbox/openapi.json');
    for (const { request, response } of samples) {
      expect(text.includes(compact(request))).toBe(true);
      expect(text.includes(compact(response))).toBe(true);
    }
    expect(text).toContain('"examples":[106000.0]');
  });

  test('is relative, so that any prefix is kept', () => {
    for (const document of [ebp, control]) {
      for (const { url } of document.servers) {
        for (const prefix of ['', '/w/checkout', '/team/x']) {
          const base = new URL(url, `http://sandbox${prefix}/_sandbox/openapi.json`);
          expect(base.pathname).toBe(`${prefix}/`);
        }
      }
    }
  });

  test('has the paths in full', () => {
    expect(Object.keys(ebp.paths)).toEqual([CANCEL_PATH, DETAIL_PATH]);
  });

  test('has examples that fit it', () => {
    const { requestBody, responses } = ebp.paths[CANCEL_PATH].post;
    for (const { schema, examples } of [
      requestBody.content['application/json'],
      responses[200].content['application/json'],
    ]) {
      const validate = newAjv().compile({ ...schema, components: ebp.components });
      expect(Object.keys(examples)).toHaveLength(3);
      for (const { value } of Object.values<Document>(examples)) {
        expect([validate(value), validate.errors]).toEqual([true, null]);
      }
    }
  });
});

describe('a body is judged alike by reader and document', () => {
  const number = fc.oneof(
    fc.integer({ min: -3, max: 9 }),
    fc.integer({ min: 0, max: 10 ** 12 }),
    fc.integer({ min: 0, max: 10 ** 6 }).map((cents) => cents / 100),
  );
  const anything = fc.oneof(
    fc.constantFrom(null, true, false, {}, [], '', 'PHYSICAL', '12'),
    number,
    fc.string(),
    fc.array(number, { maxLength: 2 }),
  );
  const mostly = <T>(right: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: right as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: anything });
  const positive = fc.integer({ min: 1, max: 99 });
  const item = fc.record(
    {
      seq: mostly(positive),
      itemType: mostly(fc.constantFrom(...itemTypes)),
      itemId: mostly(fc.string({ minLength: 1 })),
      quantity: mostly(positive),
      amount: mostly(fc.nat()),
      taxAmount: mostly(fc.nat()),
      more: anything,
    },
    { requiredKeys: ['seq', 'itemType', 'itemId', 'quantity', 'amount'] },
  );
  const account = fc.record(
    { accountNumber: anything, bankCode: mostly(fc.string()), accountHolderName: mostly(fc.string()) },
    { requiredKeys: [] },
  );
  const body = fc.record(
    {
      orderNo: mostly(fc.string({ minLength: 1 })),
      totalCancelAmount: mostly(positive),
      refundAccount: mostly(account),
      items: mostly(fc.array(mostly(item), { maxLength: 3 })),
    },
    { requiredKeys: ['orderNo', 'totalCancelAmount', 'items'] },
  );
  const read = (value: unknown) => parseExact(JSON.stringify(value));
  const asJson = (schema: Writable) => JSON.parse(writeExact(schema));

  test('cancel', () => {
    const validate = newAjv().compile({ ...ebp.components.schemas.CancelRequest });
    const bare = newAjv().compile(asJson(schemaOf(cancelFields)));
    let fitting = 0;
    fc.assert(
      fc.property(mostly(body), (value) => {
        const { fits } = readCancelRequest(read(value), 'perUnit');
        if (fits) fitting += 1;
        expect([validate(value), bare(value)]).toEqual([fits, fits]);
      }),
      { numRuns: 3000 },
    );
    // Some 330 of 3,000 fit; chance alone never brings so few.
    expect(fitting).toBeGreaterThan(150);
  });

  test('detail', () => {
    const validate = newAjv().compile(asJson(schemaOf(detailFields)));
    const detail = fc.record({ orderNo: mostly(fc.string()), more: anything }, { requiredKeys: [] });
    fc.assert(
      fc.property(mostly(detail), (value) => {
        expect(validate(value)).toBe(readDetailRequest(read(value)).fits);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('answers fit the documents', () => {
  const answered = async (path: string, method: string, call: (world: World) => ReturnType<World['get']>) => {
    const own = newWorld();
    const document = path.startsWith('/_sandbox') ? control : ebp;
    expect(misfits(document, path, method, await call(own))).toEqual([]);
  };

  test.each(samples)('the $name sample', async ({ request }) => {
    await answered(CANCEL_PATH, 'post', (own) => own.cancel(request));
  });

  test.each([
    ['a total that does not add up', cancelOf([line2], { totalCancelAmount: 1 }), {}],
    ['no JSON', '{', {}],
    ['an unknown order', cancelOf([line2], { orderNo: 'NOWHERE' }), {}],
    ['missing headers', cancelOf([line2]), { 'X-Sandbox-Mode': 'strict' }],
    ['an injected error', cancelOf([line2]), { 'X-Sandbox-Error': 'EBP-C-0010@418' }],
    ['a steering mistake', cancelOf([line2]), { 'X-Sandbox-Fault': 'rest' }],
  ])('a cancel with %s', async (_, body, headers) => {
    await answered(CANCEL_PATH, 'post', (own) => own.cancel(body, headers as Record<string, string>));
  });

  test('details before and after a cancel, and of an unknown order', async () => {
    await answered(DETAIL_PATH, 'post', (own) => own.detail(SAMPLE_ORDER));
    await answered(DETAIL_PATH, 'post', (own) => own.detail('NOWHERE'));
    await answered(DETAIL_PATH, 'post', async (own) => {
      await own.cancel(cancelOf([line1]));
      return own.detail(SAMPLE_ORDER);
    });
  });

  const get = (path: string) => (own: World) => own.get(path);
  test.each<[string, string, string, (own: World) => ReturnType<World['get']>]>([
    ['health', '/_sandbox/health', 'get', get('/_sandbox/health')],
    ['orders', '/_sandbox/orders', 'get', get('/_sandbox/orders')],
    ['a new order', '/_sandbox/orders', 'post', (own) => own.post('/_sandbox/orders', {})],
    ['new orders', '/_sandbox/orders', 'post', (own) => own.post('/_sandbox/orders', [{}, {}])],
    ['a wrong order', '/_sandbox/orders', 'post', (own) => own.post('/_sandbox/orders', { state: 'NEW' })],
    ['an armed rule', '/_sandbox/arm', 'post', (own) => own.post('/_sandbox/arm', { delay: 1 })],
    ['a snapshot', '/_sandbox/snapshot', 'get', get('/_sandbox/snapshot')],
    [
      'a restored snapshot',
      '/_sandbox/snapshot',
      'put',
      async (own) => own.put('/_sandbox/snapshot', (await own.get('/_sandbox/snapshot')).text),
    ],
    [
      'the workspaces',
      '/_sandbox/workspaces',
      'get',
      async (own) => {
        await own.cancel(cancelOf([line1]));
        return own.get('/_sandbox/workspaces');
      },
    ],
    ['the clock', '/_sandbox/clock', 'get', get('/_sandbox/clock')],
    [
      'the journal',
      '/_sandbox/requests',
      'get',
      async (own) => {
        await own.cancel(cancelOf([line1]));
        await own.cancel('{');
        return own.get('/_sandbox/requests');
      },
    ],
    [
      'a verification',
      '/_sandbox/verify',
      'post',
      (own) => own.post('/_sandbox/verify', { match: {}, exactly: 0 }),
    ],
    [
      'a webhook endpoint',
      '/_sandbox/webhooks',
      'put',
      (own) => own.put('/_sandbox/webhooks', { url: 'http://store.example/', trouble: { delay: 5 } }),
    ],
    [
      'the webhooks and their deliveries',
      '/_sandbox/webhooks',
      'get',
      async (own) => {
        await own.put('/_sandbox/webhooks', { url: 'http://store.example/' });
        await own.cancel(cancelOf([line1]));
        await own.post('/_sandbox/clock/advance', { ms: 0 });
        return own.get('/_sandbox/webhooks');
      },
    ],
    [
      'what an advance of the clock sent',
      '/_sandbox/clock/advance',
      'post',
      async (own) => {
        await own.put('/_sandbox/clock', { frozen: true });
        await own.put('/_sandbox/webhooks', { url: 'http://store.example/' });
        await own.cancel(cancelOf([line1]));
        return own.post('/_sandbox/clock/advance', { ms: 1000 });
      },
    ],
  ])('%s', async (_, path, method, call) => {
    await answered(path, method, call);
  });
});

describe('the document of the control plane', () => {
  test('has every route, and no other', () => {
    const { services } = world;
    const pages = /^\/docs/;
    const routes = controlPlane(services)
      .routes.filter(({ method, path }) => method !== 'ALL' && !pages.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const documented = controlOperations(services.scenarios).map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(routes)].sort()).toEqual([...documented].sort());
  });

  test('knows the exact numbers of bodies', () => {
    const { OrderWish, ArmRule } = control.components.schemas;
    const { amount, quantity, seq } = OrderWish.properties.items.items.properties;
    expect([amount, quantity, seq].map(({ type }) => type)).toEqual(['number', 'integer', 'integer']);
    expect(OrderWish.properties.seed).toMatchObject({ type: 'integer', minimum: 0 });
    expect(ArmRule.properties.times.anyOf).toContainEqual({ type: 'integer', minimum: 1 });
    expect(ArmRule.properties.delay.type).toEqual(['string', 'number']);
    const empty = JSON.stringify(control).match(/"\w+":\{\}/g);
    expect(empty).toEqual(null);
  });
});

describe('the reference page', () => {
  test('loads nothing from elsewhere, by links that keep a prefix', async () => {
    const { text, headers } = await world.get('/w/checkout/_sandbox/docs');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    const links = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link);
    expect(links.filter((link) => /^(\/|https?:)/.test(link))).toEqual([]);
    for (const link of links.filter((one) => one.startsWith('docs/'))) {
      const file = await world.get(`/w/checkout/_sandbox/${link}`);
      expect([link, file.status]).toEqual([link, 200]);
      expect(file.headers.get('content-type')).toMatch(
        link.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
      );
    }
  });

  test('says what to do where Swagger UI was not built', async () => {
    const bare = newWorld({ pageFiles: { read: async () => undefined } });
    const { status, json } = await bare.get('/_sandbox/docs/swagger-ui.css');
    expect([status, json.detail]).toEqual([404, expect.stringContaining('npm run build')]);
  });
});
