import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sandboxStore } from '../src/app/credentials.js';
import { readCommandLine } from '../src/cli/command-line.js';
import { readClientConfig, readConfig } from '../src/config/config.js';
import { allSettings, type Setting } from '../src/config/settings.js';

const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-settings-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const fileOf = (name: string, yaml: string): string => {
  const file = path.join(directory, name);
  writeFileSync(file, yaml);
  return file;
};

const read = (args: readonly string[], environment: Record<string, string> = {}) => {
  const warnings: string[] = [];
  const config = readConfig(readCommandLine(args).flags, environment, (message) => warnings.push(message));
  return { ...config, warnings };
};

test('flags win over the environment, that over the file, that over the file of defaults', () => {
  const config = fileOf('config.yaml', 'port: 3\nhost: c\nlog: json\n');
  const defaults = fileOf('defaults.yaml', 'port: 4\nhost: d\nlog: off\nmode: strict\n');
  const environment = { PORT: '2', HOST: 'b', SANDBOX_CONFIG: config, SANDBOX_DEFAULTS: defaults };
  const { port, host, log, mode, profile, sources } = { profile: '', ...read(['--port', '1'], environment) };
  expect([port, host, log, mode, profile]).toEqual([1, 'b', 'json', 'strict', '']);
  expect(sources).toEqual({
    port: '--port',
    host: 'the variable HOST',
    log: `${config}: log`,
    mode: `${defaults}: mode`,
  });
});

test('an empty variable counts as not set', () => {
  const environment = { PORT: '', HOST: '', SANDBOX_STORE: '', SANDBOX_DATA: '', SANDBOX_STORES: '' };
  expect(read([], environment)).toEqual(read([]));
});

describe('the store that counts', () => {
  const memory = undefined;
  test.each([
    [['--memory'], { SANDBOX_DATA: 'd' }, memory],
    [['--data', 'd'], { SANDBOX_STORE: 'memory' }, 'd'],
    [['--data', 'd'], { SANDBOX_STORE: 'nonsense' }, 'd'],
    [[], { SANDBOX_STORE: 'memory', SANDBOX_DATA: 'd' }, memory],
    [[], { SANDBOX_STORE: '', SANDBOX_DATA: 'd' }, 'd'],
    [[], {}, './data'],
  ])('%j %j: %s', (args, environment, data) => {
    expect(read(args, environment as Record<string, string>).data).toBe(data);
  });

  test.each([
    ['memory: true\n', 'data: d\n', {}, memory],
    ['data: c\n', 'memory: true\n', {}, 'c'],
    ['memory: false\n', 'memory: true\n', {}, './data'],
    ['memory: false\n', 'data: d\n', {}, 'd'],
    ['memory: true\n', 'data: d\n', { SANDBOX_DATA: 'e' }, 'e'],
    ['data: c\n', 'data: d\n', { SANDBOX_STORE: 'memory' }, memory],
  ])('the file %j over the defaults %j, with %j: %s', (config, defaults, environment, data) => {
    const files = {
      SANDBOX_CONFIG: fileOf('config.yaml', config),
      SANDBOX_DEFAULTS: fileOf('defaults.yaml', defaults),
    };
    expect(read([], { ...files, ...(environment as Record<string, string>) }).data).toBe(data);
  });
});

describe('a Redis that several sandboxes share', () => {
  const redis = 'redis://:secret@cache:6380/2';
  test.each([
    [['--store', redis], { SANDBOX_STORE: 'memory', SANDBOX_DATA: 'd' }, redis, undefined],
    [[], { SANDBOX_STORE: redis, SANDBOX_DATA: 'd' }, redis, undefined],
    [['--data', 'd'], { SANDBOX_STORE: redis }, undefined, 'd'],
    [['--memory'], { SANDBOX_STORE: redis }, undefined, undefined],
    [['--store', 'memory'], { SANDBOX_STORE: redis }, undefined, undefined],
    [[], { SANDBOX_STORE: 'rediss://cache' }, 'rediss://cache', undefined],
  ])('%j %j', (args, environment, url, data) => {
    const config = read(args, environment as Record<string, string>);
    expect([config.redis, config.data]).toEqual([url, data]);
  });

  test('a file names it too, beside no other place', () => {
    const named = (text: string) => read(['--config', fileOf('config.yaml', text)]);
    expect(named(`store: ${redis}\n`).redis).toBe(redis);
    expect(() => named(`store: ${redis}\ndata: d\n`)).toThrow('data and ');
    expect(() => named('store: redis://:secret@cache/x\n')).toThrow(
      'config.yaml: store: "redis://***@cache/x" is not accepted',
    );
  });
});

test('stores of all places add up', () => {
  const store = (storeId: string) => ({
    storeId,
    division: 'D',
    channels: ['C'],
    hashKey: 'k',
    accessKeys: [{ key: storeId }],
  });
  const config = fileOf('stores.yaml', JSON.stringify({ stores: [store('A'), store('B')] }));
  const { stores } = read(['--config', config], { SANDBOX_STORES: JSON.stringify([store('C')]) });
  expect(stores.map(({ storeId }) => storeId)).toEqual([sandboxStore.storeId, 'A', 'B', 'C']);
});

describe('a SANDBOX_ variable that is not ours', () => {
  test.each(['SANDBOX_DATE', 'SANDBOX_MODES', 'SANDBOX_LOGS', 'SANDBOX_SCENARIOES', 'SANDBOX_HASHKEY'])(
    '%s is nearly ours and stops the start',
    (name) =>
      expect(() => read([], { [name]: '1' })).toThrow(`unknown variable ${name}, did you mean SANDBOX_`),
  );

  test('those that Kubernetes sets for a service named sandbox are warned of, in one line', () => {
    const names = [
      'SANDBOX_PORT',
      'SANDBOX_PORT_4232_TCP',
      'SANDBOX_PORT_4232_TCP_ADDR',
      'SANDBOX_PORT_4232_TCP_PORT',
      'SANDBOX_PORT_4232_TCP_PROTO',
      'SANDBOX_SERVICE_HOST',
      'SANDBOX_SERVICE_PORT',
      'SANDBOX_SERVICE_PORT_HTTP',
    ];
    const { warnings } = read([], Object.fromEntries(names.map((name) => [name, 'tcp://10.0.0.1:4232'])));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      `not a setting, and ignored: ${names.join(', ')}. Settings are SANDBOX_DATA,`,
    );
  });
});

test('the hash key: the flag, else the variable, else the built-in store’s', () => {
  const { flags } = readCommandLine(['sign', '--hash-key', 'a']);
  expect(readClientConfig(flags, { SANDBOX_HASH_KEY: 'b' }).hashKey).toBe('a');
  expect(readClientConfig({}, { SANDBOX_HASH_KEY: 'b' }).hashKey).toBe('b');
  expect(readClientConfig({}, { SANDBOX_HASH_KEY: '' }).hashKey).toBe('sandbox-hash-key');
  expect(() => readClientConfig(readCommandLine(['sign', '--hash-key=']).flags, {})).toThrow(
    '--hash-key is empty',
  );
});

test('no two settings share a name, flag, variable or key, and each can be set somewhere', () => {
  const rows: readonly Setting[] = allSettings;
  for (const part of ['name', 'flag', 'variable', 'key'] as const) {
    const values = rows.flatMap((row) => row[part] ?? []);
    expect(new Set(values).size).toBe(values.length);
  }
  for (const { flag, variable, key } of rows) expect(flag ?? variable ?? key).toBeDefined();
});

test('every default is a value that its setting accepts', () => {
  for (const row of allSettings as readonly Setting[]) {
    if (row.default !== undefined) expect(row.schema.parse(row.default)).toEqual(row.default);
  }
});

describe('who may use the control plane', () => {
  test.each([
    [[], {}, 'open'],
    [['--host', 'localhost'], {}, 'open'],
    [['--host', '127.8.0.1'], {}, 'open'],
    [['--host', '::1'], {}, 'open'],
    [['--host', '0.0.0.0'], {}, 'undecided'],
    [['--host', '::'], {}, 'undecided'],
    [['--host', '127.0.0.1.example.com'], {}, 'undecided'],
    [['--host', '0.0.0.0'], { SANDBOX_CONTROL: 'open' }, 'open'],
    [['--host', '0.0.0.0'], { SANDBOX_CONTROL_TOKEN: 't' }, 'token'],
    [[], { SANDBOX_CONTROL_TOKEN: 't' }, 'token'],
    [['--control', 'token'], { SANDBOX_CONTROL_TOKEN: 't' }, 'token'],
    [['--control', 'off'], { SANDBOX_CONTROL_TOKEN: 't' }, 'off'],
    [['--control', 'off'], {}, 'off'],
  ])('%j %j: %s', (args, environment, control) => {
    expect(read(args, environment as Record<string, string>).access.control).toBe(control);
  });

  test.each([
    [['--control', 'token'], {}, '--control is "token", but there is no token: set SANDBOX_CONTROL_TOKEN'],
    [
      [],
      { SANDBOX_CONTROL: 'open', SANDBOX_CONTROL_TOKEN: 'se-cret' },
      'the variable SANDBOX_CONTROL is "open", so nobody would be asked for the token of the variable SANDBOX_CONTROL_TOKEN',
    ],
    [['--control', 'closed'], {}, '--control: "closed" is not accepted; accepted: open, token, off'],
    [
      [],
      { SANDBOX_CONTROL_TOKEN: 'se-cret word' },
      'the variable SANDBOX_CONTROL_TOKEN: "***" is not accepted',
    ],
    [['--control-tokn=se-cret'], {}, 'unknown flag --control-tokn, did you mean --control-token?'],
    [
      ['--allowed-hosts', 'http://a.b'],
      {},
      '--allowed-hosts: "http://a.b" is not accepted; accepted: host names',
    ],
    [['--allowed-hosts', 'a,,b'], {}, '--allowed-hosts: "a,,b" is not accepted'],
  ])('%j %j does not start, and shows no token', (args, environment, message) => {
    const start = () => read(args, environment as Record<string, string>);
    expect(start).toThrow(message);
    expect(start).not.toThrow('se-cret');
  });

  test('allowed hosts come with commas or as a list, in any case', () => {
    expect(read(['--allowed-hosts', 'A.example.com, b']).access.allowedHosts).toEqual(['a.example.com', 'b']);
    const config = fileOf('hosts.yaml', 'allowedHosts: [A.example.com., b]\n');
    expect(read(['--config', config]).access.allowedHosts).toEqual(['a.example.com', 'b']);
  });
});

describe('the base path', () => {
  test.each(['/ebp', '/a/b.c_d~e-f', '/api', '/.hidden', '/a/w'])('%s', (basePath) => {
    expect(read([], { SANDBOX_BASE_PATH: basePath }).basePath).toBe(basePath);
  });

  test.each([
    ...['ebp', '/', '/ebp/', '//ebp', '/a//b', '/a/../b', '/.', '/a/..', '/%2e', '/a b', '/:a', '/*', '/a?b'],
    ...['/w', '/w/x', '/_sandbox', '/a/_sandbox/b', '/api/v2', '/api/v2/x'],
  ])('%s is not accepted', (basePath) => {
    expect(() => read(['--base-path', basePath])).toThrow(
      `--base-path: ${JSON.stringify(basePath)} is not accepted; accepted: a path such as /ebp`,
    );
  });
});

describe('the files of TLS', () => {
  test('come together, from wherever', () => {
    expect(read(['--tls-cert', 'c'], { SANDBOX_TLS_KEY: 'k' }).tls).toEqual({
      cert: 'c',
      key: 'k',
      clientCa: undefined,
    });
    const environment = { SANDBOX_TLS_CERT: 'c', SANDBOX_TLS_KEY: 'k', SANDBOX_TLS_CLIENT_CA: 'a' };
    expect(read([], environment).tls).toEqual({ cert: 'c', key: 'k', clientCa: 'a' });
  });

  test.each([
    [
      ['--tls-cert', 'c'],
      '--tls-cert is given, and TLS also needs a private key: set --tls-key or SANDBOX_TLS_KEY',
    ],
    [
      ['--tls-key', 'k'],
      '--tls-key is given, and TLS also needs a certificate: set --tls-cert or SANDBOX_TLS_CERT',
    ],
    [
      ['--tls-client-ca', 'a'],
      '--tls-client-ca is given, and TLS also needs a certificate: set --tls-cert or',
    ],
  ])('%j does not start', (args, message) => {
    expect(() => read(args)).toThrow(message);
  });
});

describe('limits', () => {
  test('come as text or as a number', () => {
    const config = fileOf('limits.yaml', 'maxWaiting: 3\n');
    const { limits } = read(['--config', config, '--max-connections', '2'], {
      SANDBOX_MAX_BODY_BYTES_IN_FLIGHT: '1',
    });
    expect(limits).toEqual({ waiting: 3, connections: 2, bodyBytes: 1 });
  });

  test.each(['0', '-1', '1.5', '1e3', '9999999999999', 'many'])('%s is not accepted', (value) => {
    expect(() => read([`--max-waiting=${value}`])).toThrow(
      'accepted: a whole number from 1 to 1000000000000',
    );
  });
});
