import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { expectProblem } from '../support/steering.js';
import { careful, oneLine, whole } from './clients.js';
import { exercise, newCertifiedWorld } from './sandbox.js';

const CERTIFICATION = '/_sandbox/certification';

/** A run with checks of every status: nothing was rejected, headers were forgotten, and a call has just been lost. */
async function mixedRun() {
  const world = newCertifiedWorld();
  await careful(world.api);
  await exercise(world, 'response-lost');
  await world.api.cancel(oneLine, { 'X-Store-Id': '' }).catch(() => {});
  return world;
}

// biome-ignore lint/suspicious/noExplicitAny: a report is looked into freely
const checkOf = (report: any, id: string) => report.checks.find((check: { id: string }) => check.id === id);

describe('a report', () => {
  test('says what it rests on', async () => {
    const world = await mixedRun();
    const { json, headers } = await world.get(CERTIFICATION);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json).toMatchObject({
      checklist: { name: 'standard', version: '1', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      product: { name: 'ebp-sandbox', version: 'test' },
      workspace: 'default',
      verdict: 'failed',
      observed: { requests: 2, evicted: 0, from: '2025-12-30T21:14:13.909000000Z' },
      limits: { silenceMs: 5000 },
      readings: { switches: { lineAmount: 'perUnit' }, configured: [] },
    });
  });

  test('names what was assumed: rules that answer as we read them', async () => {
    const world = newCertifiedWorld();
    await world.put('/_sandbox/defaults', { scenario: 'refunded' });
    await world.api.cancel(whole);
    const { json } = await world.get(CERTIFICATION);
    expect(json.readings.assumed).toContainEqual({
      rule: 'order.cancellable',
      reading: expect.arrayContaining(['R13']),
    });
  });

  test('gives each check its evidence and a sentence', async () => {
    const world = await mixedRun();
    const { json } = await world.get(CERTIFICATION);
    const failed = checkOf(json, 'headers.mandatory');
    expect(failed).toMatchObject({
      level: 'must',
      status: 'failed',
      why: 'A request came without X-Store-Id: send it with every call.',
      workspace: 'default',
      exercise: null,
    });
    const [requestId] = failed.requests;
    const { json: entry } = await world.get(`/_sandbox/requests/${requestId}`);
    expect(entry.request.headers['x-store-id']).toBeUndefined();
    expect(checkOf(json, 'lost.asks-first')).toMatchObject({
      status: 'inconclusive',
      exercise: 'response-lost',
      conclusiveAt: '2025-12-30T21:14:18.910000000Z',
    });
    expect(checkOf(json, 'refusal.not-repeated')).toMatchObject({ status: 'not-tried', requests: [] });
  });

  test('speaks Korean', async () => {
    const world = await mixedRun();
    const { json } = await world.get(`${CERTIFICATION}?language=ko`);
    expect(checkOf(json, 'headers.mandatory')).toMatchObject({
      title: '필수 헤더를 모두 전송',
      why: 'X-Store-Id 헤더가 없습니다. 모든 호출에 포함하세요.',
    });
  });

  test('is of the one workspace', async () => {
    const world = await mixedRun();
    const { json } = await world.get(`/w/other${CERTIFICATION}`);
    expect(json).toMatchObject({
      workspace: 'other',
      verdict: 'incomplete',
      observed: { requests: 0, from: null },
    });
    expect(new Set(json.checks.map(({ status }: { status: string }) => status))).toEqual(
      new Set(['not-tried']),
    );
  });

  test('makes no workspace', async () => {
    const world = newCertifiedWorld();
    await world.get(`/w/looked-at${CERTIFICATION}`);
    const { json } = await world.get('/_sandbox/workspaces');
    expect(json.workspaces.map(({ name }: { name: string }) => name)).not.toContain('looked-at');
  });
});

describe('as CTRF', () => {
  const schema = JSON.parse(readFileSync(new URL('schemas/ctrf.schema.json', import.meta.url), 'utf8'));

  test('it fits the schema', async () => {
    const world = await mixedRun();
    const { json } = await world.get(`${CERTIFICATION}?format=ctrf`);
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect([validate(json), validate.errors]).toEqual([true, null]);
    const { summary, tests } = json.results;
    expect(summary.passed + summary.failed + summary.skipped + summary.pending + summary.other).toBe(
      tests.length,
    );
    expect(summary.stop).toBeGreaterThanOrEqual(summary.start);
    expect(tests.find(({ testId }: { testId: string }) => testId === 'headers.mandatory')).toMatchObject({
      status: 'failed',
      rawStatus: 'failed',
      message: 'A request came without X-Store-Id: send it with every call.',
    });
  });
});

describe('as JUnit XML', () => {
  const isJavaMissing = process.env.CI !== 'true' && spawnSync('java', ['--version']).status !== 0;
  const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

  const validated = (xml: string) => {
    const { stdout, stderr } = spawnSync(
      'java',
      [fileOf('ValidateXml.java'), fileOf('schemas/junit-10.xsd')],
      { input: xml, encoding: 'utf8' },
    );
    return `${stdout}${stderr}`.trim();
  };

  test.skipIf(isJavaMissing)(
    `it is valid for Jenkins${isJavaMissing ? ' (Java is not installed here)' : ''}`,
    async () => {
      const world = await mixedRun();
      const { text } = await world.get(`${CERTIFICATION}?format=junit`);
      expect(validated(text)).toBe('valid');
      expect(validated(text.replace('</testsuites>', '<other/></testsuites>'))).toContain('other');
    },
  );

  test('it counts failures, errors, and what one is not held to', async () => {
    const world = await mixedRun();
    const { text, headers } = await world.get(`${CERTIFICATION}?format=junit`);
    expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
    const count = (element: string) => text.split(`<${element}`).length - 1;
    expect(text).toContain(`failures="${count('failure ')}"`);
    expect(text).toContain(`errors="${count('error ')}" skipped="${count('skipped ')}"`);
    expect(count('failure ')).toBe(1);
    expect(count('error ')).toBeGreaterThan(1);
    expect(text).toContain('<failure type="failed" message="A request came without X-Store-Id:');
  });

  test('a should fails only those who are held to it', async () => {
    const world = newCertifiedWorld();
    await world.api.cancel(whole, { 'X-Idempotency-Key': 'k' });
    const must = await world.get(`${CERTIFICATION}?format=junit`);
    expect(must.text).toContain('<skipped message="failed: X-Idempotency-Key is not documented');
    const should = await world.get(`${CERTIFICATION}?format=junit&failOn=should`);
    expect(should.text).toContain('<failure type="failed" message="X-Idempotency-Key is not documented');
  });

  test('a header of the client cannot break it', async () => {
    const world = newCertifiedWorld();
    await world.api.cancel(whole, { 'X-Ric-Code': '<a b="&\u001b">' });
    const { text } = await world.get(`${CERTIFICATION}?format=junit&failOn=may`);
    expect(text).not.toContain('<a b');
    expect(text).not.toContain('\u001b');
  });
});

test('as Markdown it starts with what failed', async () => {
  const world = await mixedRun();
  const { text, headers } = await world.get(`${CERTIFICATION}?format=markdown`);
  expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(text).toMatch(/^# Certification: failed\n\n- Workspace: default\n/);
  const headings = [...text.matchAll(/^## (.+) \(\d+\)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(['Failed', 'Inconclusive', 'Not tried', 'Passed']);
  expect(text).toContain('- **headers.mandatory** (must): Sends every mandatory header\n');
});

describe('the checklists', () => {
  test('are listed with their checks', async () => {
    const { json } = await newCertifiedWorld().get('/_sandbox/checklists');
    expect(json.checklists).toHaveLength(1);
    expect(json.checklists[0]).toMatchObject({
      name: 'standard',
      version: '1',
      title: 'A client of the EBP cancel',
    });
    expect(json.checklists[0].checks[0]).toEqual({
      id: 'headers.mandatory',
      title: 'Sends every mandatory header',
      reason: expect.stringContaining('EBP-A-0001'),
      level: 'must',
      source: expect.stringContaining('Common Headers'),
      exercised: expect.stringContaining('mode off'),
      exercise: null,
    });
  });

  test('are in Korean too', async () => {
    const { json } = await newCertifiedWorld().get('/_sandbox/checklists?language=ko');
    expect(json.checklists[0].checks[0].title).toBe('필수 헤더를 모두 전송');
  });

  test('have the digest that the report has', async () => {
    const world = newCertifiedWorld();
    const { json: list } = await world.get('/_sandbox/checklists');
    const { json: report } = await world.get(CERTIFICATION);
    expect(list.checklists[0].digest).toBe(report.checklist.digest);
  });
});

describe('a mistake', () => {
  test.each([
    ['checklist=standrad', /"standrad" is not accepted; accepted: standard/],
    ['format=html', /format "html" is not accepted: one of json, junit, ctrf, markdown/],
    ['failOn=never', /failOn "never" is not accepted: one of must, should, may/],
    ['formt=json', /formt/],
  ])('in the query %s is named', async (query, message) => {
    const answer = await newCertifiedWorld().get(`${CERTIFICATION}?${query}`);
    expectProblem(answer, 422);
    expect(answer.json.detail).toMatch(message);
  });
});
