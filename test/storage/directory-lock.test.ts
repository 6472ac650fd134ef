import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockDirectory } from '../../src/storage/directory-lock.js';
import { temporaryDirectory } from './temporary-directory.js';

const unexpected = (message: string) => {
  throw new Error(`unexpected warning: ${message}`);
};

const lock = (directory: string) => lockDirectory(directory, unexpected);

/** Where `hold-directory.ts` is built to, for processes of their own. */
let built = '';

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'ebp-built-'));
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
  const root = join(import.meta.dirname, '..', '..');
  const options = ['--ignoreConfig', '--target', 'es2023', '--module', 'nodenext', '--skipLibCheck'];
  const source = join(import.meta.dirname, 'hold-directory.ts');
  await promisify(execFile)(
    process.execPath,
    [tsc, ...options, '--types', 'node', '--rootDir', root, '--outDir', built, source],
    { cwd: root },
  );
  await writeFile(join(built, 'package.json'), '{"type":"module"}');
});

afterAll(() => rm(built, { recursive: true, force: true }));

/** Another process that wants the directory, and the first line it says. */
async function otherProcess(directory: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [join(built, 'test', 'storage', 'hold-directory.js'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('one process', () => {
  test('a second lock is refused until the first is released, which leaves nothing behind', async () => {
    const directory = await temporaryDirectory();
    const first = await lock(directory);
    await expect(lock(directory)).rejects.toThrow(`Another process is using ${directory}`);
    await expect(lock(directory)).rejects.toThrow('--data');
    await first.release();
    const second = await lock(directory);
    await second.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('a path too long for a socket is locked all the same', async () => {
    const directory = join(await temporaryDirectory(), 'd'.repeat(120), 'e'.repeat(120));
    await mkdir(directory, { recursive: true });
    const first = await lock(directory);
    await expect(lock(directory)).rejects.toThrow('Another process is using');
    await first.release();
    await (await lock(directory)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('of many that start at once exactly one wins', async () => {
    const directory = await temporaryDirectory();
    for (let round = 0; round < 20; round += 1) {
      const starts = await Promise.allSettled(Array.from({ length: 6 }, () => lock(directory)));
      const won = starts.filter((start) => start.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const start of starts) {
        if (start.status === 'rejected') expect(start.reason.message).toContain('Another process is using');
      }
      await won[0]?.value.release();
    }
    expect(await readdir(directory)).toEqual([]);
  });

  test('a workspace of any name is never taken for a lock', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'lock-0123456789abcdef.sock'));
    await (await lock(directory)).release();
    expect(await readdir(directory)).toEqual(['lock-0123456789abcdef.sock']);
  });

  describe('where listening fails', () => {
    const failListening = (code: string) => {
      const listen = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
        process.nextTick(() => this.emit('error', Object.assign(new Error(code), { code })));
        return this;
      });
      onTestFinished(() => listen.mockRestore());
    };

    test.each(['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'EACCES'])(
      'with %s, the file system holds no sockets: no lock, but a warning',
      async (code) => {
        failListening(code);
        const directory = await temporaryDirectory();
        const warnings: string[] = [];
        const unlocked = await lockDirectory(directory, (message) => warnings.push(message));
        await unlocked.release();
        expect(warnings).toEqual([expect.stringContaining(directory)]);
        expect(warnings[0]).toContain(code);
        expect(await readdir(directory)).toEqual([]);
      },
    );

    test('with anything else, that is the answer', async () => {
      failListening('EMFILE');
      await expect(lock(await temporaryDirectory())).rejects.toThrow('EMFILE');
    });
  });
});

describe('processes', () => {
  test('a living one keeps others out, in both directions', async () => {
    const directory = await temporaryDirectory();
    const { child, said } = await otherProcess(directory);
    expect(said).toBe('held');
    await expect(lock(directory)).rejects.toThrow('Another process is using');
    await kill(child);
    const ours = await lock(directory);
    expect((await otherProcess(directory)).said).toContain(`refused: Another process is using ${directory}`);
    await ours.release();
  });

  test('what a killed one left blocks nobody, and goes', async () => {
    const directory = await temporaryDirectory();
    for (let round = 0; round < 3; round += 1) {
      const { child, said } = await otherProcess(directory);
      expect(said).toBe('held');
      await kill(child);
      expect(await readdir(directory)).toHaveLength(1);
    }
    await (await lock(directory)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('of several that find the leftover of a killed one exactly one wins', async () => {
    const directory = await temporaryDirectory();
    await kill((await otherProcess(directory)).child);
    const started = await Promise.all(Array.from({ length: 4 }, () => otherProcess(directory)));
    expect(started.map(({ said }) => said.split(':')[0]).sort()).toEqual([
      'held',
      'refused',
      'refused',
      'refused',
    ]);
  });

  test('one that is stopped while it holds the directory still holds it', async () => {
    const directory = await temporaryDirectory();
    const { child, said } = await otherProcess(directory);
    expect(said).toBe('held');
    child.kill('SIGSTOP');
    await expect(lock(directory)).rejects.toThrow('Another process is using');
  });

  test('the lock does not keep its process alive', async () => {
    const directory = await temporaryDirectory();
    const module = join(built, 'src', 'storage', 'directory-lock.js');
    const script = `import { lockDirectory } from ${JSON.stringify(module)};
      await lockDirectory(${JSON.stringify(directory)}, console.warn);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await (await lock(directory)).release();
  });
});
