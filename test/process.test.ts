import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { eventually } from './support/eventually.js';
import { jsonPost } from './support/json-post.js';
import { compact, samples } from './support/samples.js';
import { MAIN, runMain, SandboxProcess } from './support/sandbox-process.js';

const execFileAsync = promisify(execFile);

const ANNOUNCE_HANDLERS = fileURLToPath(new URL('support/announce-handlers.mjs', import.meta.url));

let directory: string;
let running: SandboxProcess[];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-process-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((sandbox) => sandbox.end('SIGKILL')));
  await rm(directory, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<SandboxProcess> {
  const sandbox = await SandboxProcess.start(['--port', '0', ...args]);
  running.push(sandbox);
  return sandbox;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, jsonPost(body, headers));

describe('the built program', () => {
  test('answers the samples, keeps them over a restart and stops with 0', async () => {
    const data = path.join(directory, 'data');
    const first = await start('--data', data);
    const variable = /(?<="requestId":")\d+|(?<="timestamp":")[^"]+|(?<="RETREQ20251224)\d+/g;
    for (const { name, request, response } of samples) {
      const answer = await post(`${first.url}/w/${name}/api/v2/payment/cancel`, request);
      expect((await answer.text()).replace(variable, '*')).toBe(compact(response).replace(variable, '*'));
    }
    const orderOf = async (url: string) =>
      (await fetch(`${url}/w/items/_sandbox/orders/ORD20251224001`)).text();
    const before = await orderOf(first.url);
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = await start('--data', data);
    expect(await orderOf(second.url)).toBe(before);
    const next = await post(
      `${second.url}/w/amount/api/v2/payment/cancel`,
      samples[2]?.request.replaceAll('2000.0', '1000.0') ?? '',
    );
    expect(await next.json()).toMatchObject({ data: { returnRequestId: 'RETREQ20251224002' } });
    expect(await second.end('SIGINT')).toEqual({ code: 0, signal: null });
  });

  test('stops while a client hangs and another waits', async () => {
    const sandbox = await start('--memory');
    const url = `${sandbox.url}/api/v2/payment/cancel`;
    const hanging = post(url, samples[2]?.request ?? '', { 'X-Sandbox-Fault': 'hang' }).catch(
      (error) => error,
    );
    const waiting = post(url, samples[2]?.request ?? '', { 'X-Sandbox-Delay': '600000' });
    const journal = async () => {
      const answer = await fetch(`${sandbox.url}/_sandbox/requests`);
      return ((await answer.json()) as { requests: unknown[] }).requests;
    };
    while ((await journal()).length < 2);
    expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect((await waiting).status).toBe(200);
    expect(await hanging).toBeInstanceOf(TypeError);
  });

  test('keeps a second process off its directory, and lets it in once the first is gone', async () => {
    const first = await start('--data', directory);
    const second = await runMain(['--port', '0', '--data', directory]);
    expect(second.code).toBe(1);
    expect(second.err).toContain(directory);
    await first.end('SIGKILL');
    await start('--data', directory);
  });

  test('answers bytes that are not HTTP with a problem', async () => {
    const sandbox = await start('--memory');
    const { port } = new URL(sandbox.url);
    const raw = async (bytes: string) => {
      const socket = connect(Number(port), '127.0.0.1').end(bytes);
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) text += chunk;
      return text;
    };
    const control = await raw('POST /api/v2/payment/cancel HTTP/1.1\r\nHost: a\r\nX-A: \x01\r\n\r\n');
    expect(control).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    const host = await raw('GET /_sandbox/health HTTP/1.1\r\nHost: a b\r\n\r\n');
    expect(host).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    const large = await raw(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*application\/problem\+json/);
    expect((await fetch(`${sandbox.url}/_sandbox/health`)).status).toBe(200);
  });

  test('leaves sandbox headers out where they are not wanted', async () => {
    const sandbox = await start('--memory', '--no-sandbox-headers');
    const answer = await post(`${sandbox.url}/api/v2/payment/cancel`, samples[0]?.request ?? '');
    expect([...answer.headers.keys()].filter((name) => name.startsWith('x-sandbox'))).toEqual([]);
  });

  test('takes a default scenario and scenarios of one’s own', async () => {
    await writeFile(
      path.join(directory, 'always-down.yaml'),
      'purpose: { en: Down, ko: 다운 }\ncalls:\n  - { times: always, fault: bad-gateway }\n',
    );
    const sandbox = await start('--memory', '--scenarios', directory, '--scenario', 'always-down');
    const answer = await post(`${sandbox.url}/api/v2/payment/cancel`, samples[0]?.request ?? '');
    expect(answer.status).toBe(502);
    expect(answer.headers.get('x-sandbox-applied')).toBe('scenario="always-down";via=server');
  });
});

describe('a start that cannot be', () => {
  let blocker: Server;
  let port: number;
  beforeEach(async () => {
    blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    port = (blocker.address() as { port: number }).port;
  });
  afterEach(() => blocker.close());

  test('a taken port', async () => {
    const { code, out, err } = await runMain(['--memory', '--port', String(port)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `ebp-sandbox: port ${port} on 127.0.0.1 is taken: stop what holds it, or give another with --port (0 for any free one) (port from --port)\n`,
    );
  });

  test('a directory that is a file', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    const { code, err } = await runMain(['--port', '0', '--data', file]);
    expect(code).toBe(1);
    expect(err).toContain(file);
  });

  test('a broken scenario file of one’s own', async () => {
    await writeFile(path.join(directory, 'mine.yaml'), 'purpose: 3\n');
    const { code, out, err } = await runMain(['--memory', '--port', '0', '--scenarios', directory]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^ebp-sandbox: \S+mine\.yaml:1:10: purpose 3 is not accepted; .+\n$/);
  });

  test.each([
    [['--prot', '1'], 'unknown flag --prot, did you mean --port?'],
    [['--memory', '--scenario', 'capturd'], 'did you mean captured?'],
    [['--memory', '--scenarios', '/nowhere'], 'the scenario directory /nowhere cannot be read'],
    [['--memory', '--host', '203.0.113.1'], 'is no address of this machine'],
    [['--memory', '--host', '203.0.113.1'], '(host from --host)'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await runMain(args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

test('a host that a shell set and nobody can listen on is named by its variable', async () => {
  const { code, err } = await runMain(['--memory', '--port', '0'], {
    HOST: 'x86_64-conda-linux-gnu.invalid',
  });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^ebp-sandbox: .*"x86_64-conda-linux-gnu\.invalid".* \(host from the variable HOST, port from --port\)\n$/,
  );
});

describe('the first lines', () => {
  const greetingOf = async (...args: string[]): Promise<{ url: string; greeting: string }> => {
    const sandbox = await SandboxProcess.start(['--memory', '--port', '0', ...args]);
    running.push(sandbox);
    await eventually(() => sandbox.said.includes('/_sandbox/requests'), 'the greeting');
    return { url: sandbox.url, greeting: sandbox.said };
  };

  test.each([
    [['--mode', 'lenient']],
    [['--mode', 'strict']],
    [['--host', '0.0.0.0', '--control', 'open', '--mode', 'strict']],
    [['--host', '::', '--control', 'open']],
    [['--host', '::1']],
  ])('suggest calls that work: %j', async (args) => {
    const { greeting } = await greetingOf(...args);
    const [cancel = '', journal = ''] = greeting.split('\n').filter((line) => line.startsWith('  curl '));
    const { stdout } = await execFileAsync('bash', ['-c', `${cancel} -s --globoff; ${journal} -s --globoff`]);
    expect(stdout).toContain('"resultCode":"0"');
    expect(stdout).toContain('"rule":"accepted"');
  });

  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['::', '[::]'],
  ])('on %s the ready line keeps the host, the calls take one that can be called', async (host, shown) => {
    const { url, greeting } = await greetingOf('--host', host, '--control', 'open');
    expect(url.replace(/:\d+$/, '')).toBe(`http://${shown}`);
    expect(greeting).toContain(', listens on every address. Try first:\n  curl http://127.0.0.1:');
  });
});

describe('the call command', () => {
  test('signs, and shows neither keys nor the account', async () => {
    const sandbox = await start('--memory', '--mode', 'strict');
    const file = path.join(directory, 'cancel.json');
    const body = JSON.parse(samples[2]?.request ?? '');
    await writeFile(file, JSON.stringify({ ...body, refundAccount: { accountNumber: '110-234-567890' } }));
    const args = ['call', file, '--url', sandbox.url, '--header', 'Authorization: Bearer very-secret'];
    const { out } = await runMain(args);
    expect(out).toContain('> x-access-key: sandbo***\n');
    expect(out).toMatch(/> x-ebp-signature: [0-9a-f]{6}\*\*\*\n/);
    expect(out).toContain('"accountNumber":"***"');
    expect(out).not.toMatch(/sandbox-access-key|110-234|very-secret|[0-9a-f]{64}/);
  });

  test('takes the hash key from the environment', async () => {
    const sandbox = await start('--memory', '--mode', 'strict');
    const file = path.join(directory, 'cancel.json');
    await writeFile(file, samples[2]?.request ?? '');
    const args = ['call', file, '--url', sandbox.url];
    expect(await runMain(args, { SANDBOX_HASH_KEY: 'other' })).toMatchObject({ code: 2 });
    expect(await runMain(args, { SANDBOX_HASH_KEY: '' })).toMatchObject({ code: 0 });
  });
});

test('an older Node.js is told which one is needed', async () => {
  const preload = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '20.11.1' })")}`;
  const bare = promisify(execFile)(process.execPath, ['--import', preload, MAIN, '--version']);
  const [, oldest] = /^>=(.+)$/.exec(packageJson.engines.node) ?? [];
  await expect(bare).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: `ebp-sandbox: needs Node.js ${oldest} or newer; this is 20.11.1\n`,
  });
});

test('npm start without a build says so in a line', async () => {
  await mkdir(path.join(directory, 'scripts'));
  const script = path.join(directory, 'scripts/start.mjs');
  await copyFile(new URL('../scripts/start.mjs', import.meta.url), script);
  await expect(execFileAsync(process.execPath, [script])).rejects.toMatchObject({
    code: 1,
    stderr: 'ebp-sandbox: dist/main.js is not built yet: run npm ci, or npm run build\n',
  });
});

describe('a log that nobody reads any more', () => {
  /** Each call is logged once it is answered, so a second one meets what the first one's log line did. */
  const callRepeatedly = async (url: string) => {
    for (let call = 0; call < 4; call += 1) {
      const answer = await post(`${url}/api/v2/payment/detail`, '{"orderNo": "ORD20251224001"}');
      expect(answer.status).toBe(200);
    }
    expect((await fetch(`${url}/_sandbox/health`)).status).toBe(200);
  };

  test('pipes whose reader left: the server serves on and stops with 0', async () => {
    const sandbox = await start('--memory');
    sandbox.child.stderr?.destroy();
    sandbox.child.stdout?.destroy();
    await callRepeatedly(sandbox.url);
    expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  const isUp = (url: string) =>
    fetch(`${url}/_sandbox/health`).then(
      ({ ok }) => ok,
      () => false,
    );

  test.each(['>/dev/full', '2>/dev/full', '2>&-', '2>&1 | head -n 1 >&2'])('%s', async (redirection) => {
    const port = await freePort();
    const command = `node ${MAIN} --memory --port ${port} ${redirection}`;
    const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    try {
      const url = `http://127.0.0.1:${port}`;
      await eventually(() => isUp(url), 'the server');
      await callRepeatedly(url);
    } finally {
      process.kill(-(shell.pid as number), 'SIGKILL');
    }
  });

  test('SIGHUP: the server serves on and stops with 0', async () => {
    const sandbox = await start('--memory');
    sandbox.child.kill('SIGHUP');
    await callRepeatedly(sandbox.url);
    expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  // The `script` of other systems has other arguments.
  test.runIf(process.platform === 'linux')(
    'a terminal that is closed: the server serves on, and stops with 0',
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const [pidFile, codeFile] = [path.join(directory, 'pid'), path.join(directory, 'code')];
      const script = path.join(directory, 'terminal.sh');
      await writeFile(
        script,
        `trap '' HUP
        sh -c 'echo $$ >${pidFile}; exec node ${MAIN} --data ${directory}/data --port ${port}'
        echo $? >${codeFile}`,
      );
      const terminal = spawn('bash', ['-c', `exec script -qfc 'bash ${script}' /dev/null`], {
        stdio: 'ignore',
      });
      try {
        await eventually(() => isUp(url), 'the server');
        terminal.kill('SIGKILL');
        await once(terminal, 'exit');
        await callRepeatedly(url);
      } finally {
        process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGTERM');
      }
      const code = await eventually(
        () =>
          readFile(codeFile, 'utf8').then(
            (text) => text.trim() || undefined,
            () => undefined,
          ),
        'the end of the server',
      );
      expect(code).toBe('0');
      const kept = await readdir(path.join(directory, 'data'));
      expect(kept.filter((name) => name.startsWith('.lock-'))).toEqual([]);
    },
  );

  test('other commands end: quietly without a reader, with 1 where the output is lost', async () => {
    const bash = (command: string) => execFileAsync('bash', ['-c', command]);
    const { stdout, stderr } = await bash(`node ${MAIN} scenarios | head -n 1; echo "$PIPESTATUS"`);
    expect([stdout.split('\n').at(-2), stderr]).toEqual(['0', '']);
    await expect(bash(`node ${MAIN} scenarios >/dev/full`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ebp-sandbox: the output cannot be written: ENOSPC/),
    });
  });
});

test('version is the version', async () => {
  expect((await runMain(['--version'])).out).toBe(`${packageJson.version}\n`);
});

test('the orders command counts or lists mistakes, and a server starts with sound orders only', async () => {
  const sound = path.join(directory, 'sound.csv');
  const broken = path.join(directory, 'broken.csv');
  await writeFile(sound, 'orderNo,seq,amount\nSHOP-1,1,1000\nSHOP-1,2,2000\nSHOP-2,1,500\n');
  await writeFile(broken, 'orderNo,seq,amount\nSHOP-1,0,1000\nSHOP-2,x,2000\n');

  const good = await runMain(['orders', 'check', sound]);
  expect([good.code, good.out]).toEqual([0, '2 orders, 3 items, no mistakes\n']);
  const bad = await runMain(['orders', 'check', broken]);
  expect([bad.code, bad.err.split('\n')]).toEqual([
    1,
    [
      `${broken}:2: seq "0" is not accepted; accepted: a whole number, 1 or more`,
      `${broken}:3: seq "x" is not accepted; accepted: a whole number, 1 or more`,
      '',
    ],
  ]);

  const refused = await runMain(['--memory', '--orders', broken]);
  expect([refused.code, refused.err]).toEqual([
    1,
    `ebp-sandbox: --orders: ${broken}:2: seq "0" is not accepted; accepted: a whole number, 1 or more; ebp-sandbox orders check ${broken} lists further mistakes\n`,
  ]);
  const sandbox = await start('--memory', '--orders', sound);
  const order = await (await fetch(`${sandbox.url}/_sandbox/orders/SHOP-1`)).json();
  expect(order).toMatchObject({
    totalAmount: expect.any(Number),
    items: [{ amount: 1000 }, { amount: 2000 }],
  });
  expect(sandbox.said).toContain(`, 2 orders of ${sound}`);
});

test('the scenarios command lists and checks', async () => {
  const good = await runMain(['scenarios']);
  expect(good.code).toBe(0);
  expect(good.out).toMatch(/^authorized +An order that is not captured yet/m);
  await writeFile(path.join(directory, 'mine.yaml'), 'purpose: 3\n');
  const bad = await runMain(['scenarios', '--scenarios', directory]);
  expect([bad.code, bad.out]).toEqual([1, '']);
  expect(bad.err).toContain('mine.yaml:1:10: purpose');
});

describe('the request log', () => {
  const logged = async (...args: string[]): Promise<string> => {
    const sandbox = await start('--memory', ...args);
    let err = '';
    sandbox.child.stderr?.on('data', (text) => {
      err += text;
    });
    await (await post(`${sandbox.url}/w/w1/api/v2/payment/cancel`, samples[1]?.request ?? '')).text();
    const hostile = { orderNo: 'A\n\u001b[31mB', totalCancelAmount: 1, items: [] };
    await (await post(`${sandbox.url}/api/v2/payment/cancel?delay=1`, JSON.stringify(hostile))).text();
    await sandbox.end('SIGTERM');
    return err;
  };

  test('as text: one line a call, nothing in it that callers could break it with', async () => {
    const lines = (await logged('--log', 'text')).trimEnd().split('\n').slice(-2);
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} w1 POST \/w\/w1\/api\/v2\/payment\/cancel 200 accepted ORD20251224001 CAPTURED->PARTIALLY_REFUNDED [\d.]+ms$/,
    );
    expect(lines[1]).toMatch(/ 400 body\.schema "A\\n\\u001b\[31mB" - [\d.]+ms delay=1$/);
  });

  test('as JSON', async () => {
    const lines = (await logged('--log', 'json')).trimEnd().split('\n').slice(-2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      workspace: 'w1',
      status: 200,
      rule: 'accepted',
      orderNo: 'ORD20251224001',
      orderState: 'CAPTURED->PARTIALLY_REFUNDED',
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      applied: [{ word: 'delay', value: '1', via: 'query' }],
    });
  });

  test('off: nothing is said', async () => {
    expect(await logged('--log', 'off')).toBe('');
  });
});

test('a signal that comes while the program is still loading stops it with 0', async () => {
  const sandbox = spawn(process.execPath, ['--import', ANNOUNCE_HANDLERS, MAIN, '--memory', '--port', '0'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [first] = (await once(sandbox.stdout, 'data')) as [Buffer];
  expect(String(first)).toBe('handles SIGTERM\n');
  sandbox.kill('SIGTERM');
  expect(await once(sandbox, 'exit')).toEqual([0, null]);
});
