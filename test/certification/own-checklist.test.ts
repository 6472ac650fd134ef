import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readChecklists } from '../../src/adapters/checklist-files.js';
import { builtIn } from '../../src/app/certification/own-checklist.js';
import { createSandbox } from '../../src/index.js';
import { readChecklist } from '../../src/steering/read-checklist.js';
import { expectProblem } from '../support/steering.js';
import { careful, oneLine, whole } from './clients.js';
import { newCertifiedWorld } from './sandbox.js';

const OURS = `version: "2026-11"
title: { en: Our client, ko: 우리 클라이언트 }
limits:
  silenceMs: 2000
checks:
  - id: lost.asks-first
    level: should
  - id: ours.whole-orders
    title: { en: Cancels whole orders only, ko: 전체 취소만 사용 }
    match: { operation: cancel, orderState: CAPTURED->PARTIALLY_REFUNDED }
    atMost: 0
  - id: ours.one-success
    level: may
    title: Cancels once
    match: { rule: accepted }
`;

const certify = (world: ReturnType<typeof newCertifiedWorld>, checklist = OURS) =>
  world.call('/_sandbox/certification', { method: 'POST', body: checklist });

const statusesOf = (report: { checks: { id: string; level: string; status: string }[] }) =>
  Object.fromEntries(report.checks.map(({ id, level, status }) => [id, `${level} ${status}`]));

describe('a checklist of one’s own', () => {
  test('has its own checks, levels and limits', async () => {
    const world = newCertifiedWorld();
    await careful(world.api);
    world.clock.advance(2000);
    const { json } = await certify(world);
    expect(json.checklist).toMatchObject({ name: 'checklist', version: '2026-11' });
    expect(json.limits).toMatchObject({ silenceMs: 2000, attempts: 5 });
    expect(statusesOf(json)).toEqual({
      'lost.asks-first': 'should not-tried',
      'ours.whole-orders': 'must passed',
      'ours.one-success': 'may passed',
    });
    expect(json.verdict).toBe('passed');
  });

  test('fails a client that does too much, with the evidence', async () => {
    const world = newCertifiedWorld();
    const { json: answer } = await world.api.cancel(oneLine);
    const { json } = await certify(world);
    expect(json.checks[1]).toMatchObject({ status: 'failed', requests: [answer.requestId] });
    expect(json.checks[1].why).toContain('CAPTURED->PARTIALLY_REFUNDED');
  });

  test('passes nobody before silence, nor where nothing happened', async () => {
    const world = newCertifiedWorld();
    expect(statusesOf((await certify(world)).json)['ours.whole-orders']).toBe('must not-tried');
    await world.api.cancel(whole);
    expect(statusesOf((await certify(world)).json)['ours.whole-orders']).toBe('must inconclusive');
  });

  test('takes all built-in checks where it extends them', async () => {
    const { json } = await certify(
      newCertifiedWorld(),
      'version: "1"\ntitle: All\nextends: standard\nchecks: [{ id: headers.values, level: must }]',
    );
    expect(json.checks).toHaveLength(builtIn.checks.length);
    expect(statusesOf(json)['headers.values']).toBe('must not-tried');
  });

  test('may be JSON, and has a digest of its own', async () => {
    const world = newCertifiedWorld();
    const digestOf = async (version: string) => {
      const checklist = { version, title: 'A', checks: [{ id: 'amounts.sum' }] };
      return (await certify(world, JSON.stringify(checklist))).json.checklist.digest;
    };
    expect(await digestOf('1')).toBe(await digestOf('1'));
    expect(await digestOf('1')).not.toBe(await digestOf('2'));
  });

  test('with a mistake is refused, and nothing is changed', async () => {
    const answer = await certify(
      newCertifiedWorld(),
      'version: "1"\ntitle: A\nchecks:\n  - id: amounts.summ\n',
    );
    expectProblem(answer, 422);
    expect(answer.json.detail).toMatch(
      /^checklist:4:9: checks\[0\]\.id "amounts\.summ" is no built-in check, did you mean amounts\.sum\?/,
    );
  });
});

describe('a mistake in a file is named with its place', () => {
  const start = 'version: "1"\ntitle: A\n';
  test.each([
    ['title: A\n', '1:1: version is missing'],
    ['version: 2\ntitle: A\n', '1:10: version 2 is not accepted; accepted: a text'],
    [start, '1:1: it has no checks'],
    [`${start}cheks: []\n`, '3:1: a checklist has no key "cheks", did you mean checks?'],
    [`${start}limits: { silence: 1 }\n`, '3:11: limits has no key "silence", did you mean silenceMs?'],
    [`${start}limits: { silenceMs: 1s }\n`, '3:22: limits.silenceMs "1s" is not accepted'],
    [`${start}extends: standrad\n`, '3:10: extends "standrad" is not accepted, did you mean standard?'],
    [
      `${start}checks:\n  - id: amounts.sum\n    level: most\n`,
      '5:12: checks[0].level "most" is not accepted, did you mean must?',
    ],
    [
      `${start}checks:\n  - id: amounts.sum\n    atMost: 1\n`,
      '5:13: checks[0] is the built-in check amounts.sum, which takes no atMost',
    ],
    [
      `${start}checks:\n  - id: amounts.sum\n  - id: amounts.sum\n`,
      '5:9: checks[1].id "amounts.sum" stands twice',
    ],
    [
      `${start}checks:\n  - id: ours\n    title: A\n`,
      '4:9: checks[0].id "ours" is not accepted; accepted: a name with a dot',
    ],
    [
      `${start}checks:\n  - id: ours.one\n    match: { rule: acepted }\n`,
      '5:20: checks[0].match.rule "acepted" is not accepted, did you mean accepted?',
    ],
    [`${start}checks:\n  - id: ours.one\n    match: { rule: accepted }\n`, '4:9: checks[0].title is missing'],
    [
      `${start}checks:\n  - id: ours.one\n    title: A\n    match: { orderState: PAID }\n`,
      '6:26: checks[0].match.orderState "PAID" is not accepted',
    ],
    [
      `${start}checks:\n  - id: ours.one\n    title: A\n    match: {}\n    atLeast: 2\n    atMost: 1\n`,
      '7:14: checks[0] wants at least 2 and at most 1',
    ],
    ['version: "1\n', '2:1: this is not YAML'],
  ])('%j', (yaml, message) => {
    expect(() => readChecklist('ours', 'ours.yaml', yaml, builtIn)).toThrow(`ours.yaml:${message}`);
  });
});

describe('a directory of checklists', () => {
  const directoryOf = (files: Readonly<Record<string, string>>) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-checklists-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
    return directory;
  };

  test('is read at the start, and its checklists have names', async () => {
    const sandbox = createSandbox({ checklists: directoryOf({ 'ours.yaml': OURS, 'notes.txt': '-' }) });
    onTestFinished(() => sandbox.stop());
    const { url } = sandbox.workspace('checkout');
    // biome-ignore lint/suspicious/noExplicitAny: a list is looked into freely
    const list: any = await (await sandbox.fetch(`${url}/_sandbox/checklists?language=ko`)).json();
    expect(
      list.checklists.map(({ name, title }: { name: string; title: string }) => `${name}: ${title}`),
    ).toEqual(['standard: EBP 결제 취소 클라이언트', 'ours: 우리 클라이언트']);
    // biome-ignore lint/suspicious/noExplicitAny: a report is looked into freely
    const report: any = await (await sandbox.fetch(`${url}/_sandbox/certification?checklist=ours`)).json();
    expect(report.checklist).toMatchObject({ name: 'ours', version: '2026-11' });
  });

  test('stops the start where a file is broken', () => {
    const checklists = directoryOf({ 'ours.yaml': 'version: "1"\n' });
    expect(() => createSandbox({ checklists })).toThrow(/ours\.yaml:1:1: title is missing/);
  });

  test.each([
    ['Ours.yaml', OURS, "the file name is not a checklist's"],
    ['standard.yaml', OURS, 'there is a built-in checklist standard already'],
  ])('takes no %s', (name, text, message) => {
    expect(() => readChecklists(directoryOf({ [name]: text }), builtIn)).toThrow(message);
  });

  test('has to be there', () => {
    expect(() => readChecklists('/nowhere', builtIn)).toThrow(
      'the checklist directory /nowhere cannot be read',
    );
  });
});
