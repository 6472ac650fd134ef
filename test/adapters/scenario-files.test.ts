import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readScenarios } from '../../src/adapters/scenario-files.js';
import { temporaryDirectory } from '../storage/temporary-directory.js';

const SOUND = 'purpose: { en: Down, ko: 다운 }\ncalls:\n  - { times: always, fault: bad-gateway }\n';
const BROKEN = 'purpose: 3\n';

async function directoryOf(files: Record<string, string>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(directory, file), text);
  return directory;
}

test('a built-in file is parsed when it is first asked for, and once', async () => {
  const builtIn = await directoryOf({ 'b.yaml': BROKEN, 'a.yaml': SOUND, 'scenario.schema.json': '{}' });
  const scenarios = readScenarios(builtIn, undefined);
  expect([...scenarios.keys()]).toEqual(['a', 'b']);
  expect(scenarios.get('a')).toMatchObject({ name: 'a', purpose: { en: 'Down' } });
  expect(scenarios.get('a')).toBe(scenarios.get('a'));
  expect(() => scenarios.get('b')).toThrow('scenarios/b.yaml:1:10: purpose');
  expect(scenarios.get('c')).toBeUndefined();
});

test('files of one’s own come after the built-in ones', async () => {
  const scenarios = readScenarios(
    await directoryOf({ 'b.yaml': SOUND }),
    await directoryOf({ 'a.yaml': SOUND }),
  );
  expect([...scenarios.keys()]).toEqual(['b', 'a']);
  expect(scenarios.get('a')?.name).toBe('a');
});

test.each([
  ['a mistake', { 'a.yaml': SOUND, 'mine.yaml': BROKEN }, '/mine.yaml:1:10: purpose'],
  [
    'a name that is no scenario’s',
    { 'Mine.yaml': SOUND },
    "/Mine.yaml:1:1: the file name is not a scenario's",
  ],
  ['a name that is taken', { 'taken.yaml': SOUND }, '/taken.yaml:1:1: there is a built-in scenario taken'],
])('%s in a file of one’s own is told at once', async (_, files, message) => {
  const builtIn = await directoryOf({ 'taken.yaml': SOUND });
  const own = await directoryOf(files);
  expect(() => readScenarios(builtIn, own)).toThrow(message);
});
