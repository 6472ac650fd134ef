import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const manifest = JSON.parse(read('package.json'));

test('an installation brings no other package', () => {
  expect(Object.keys(manifest)).not.toContain('dependencies');
});

test('package-lock.json has a checksum for every package', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { integrity?: string }>;
  };
  const names = Object.keys(packages).filter((name) => name !== '');
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !packages[name]?.integrity)).toEqual([]);
});

test('every dependency is pinned to one version', () => {
  const ranges: string[] = Object.values(manifest.devDependencies);
  expect(ranges.filter((range) => !/^(npm:[a-z-]+@)?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('dist/LICENSES.txt has the text of every licence, not only its name', () => {
  const notices = read('dist/LICENSES.txt').split(`\n${'-'.repeat(80)}\n\n`);
  expect(notices.length).toBeGreaterThan(10);
  for (const notice of notices) expect(notice).toMatch(/copyright[\s\S]{300}/i);
});
