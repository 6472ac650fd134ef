import { describe, expect, test } from 'vitest';
import { sandboxStore } from '../src/app/credentials.js';
import { readCommandLine } from '../src/cli/command-line.js';
import { help } from '../src/cli/help.js';
import { readConfig } from '../src/config/config.js';
import { allSettings, type Setting } from '../src/config/settings.js';
import { specification } from '../src/contract/dialect.js';

const read = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
  const { command, flags } = readCommandLine(args);
  return { command, config: readConfig(flags, environment) };
};

test('with nothing said, the defaults', () => {
  expect(read([])).toEqual({
    command: 'serve',
    config: {
      port: 4232,
      host: '127.0.0.1',
      data: './data',
      scenarios: undefined,
      checklists: undefined,
      orders: undefined,
      scenario: undefined,
      maxWorkspaces: 10_000,
      maxOrders: 1_000_000,
      workspaceTtlMs: 604_800_000,
      sandboxHeaders: true,
      log: 'text',
      mode: 'lenient',
      dialect: specification,
      stores: [sandboxStore],
      access: { control: 'open', token: undefined, allowedHosts: [] },
      basePath: '',
      tls: undefined,
      limits: { waiting: 10_000, connections: 10_000, bodyBytes: 67_108_864 },
      addressFile: undefined,
      sources: {},
    },
  });
});

test('flags win over the environment', () => {
  const environment = {
    PORT: '1',
    HOST: 'a',
    SANDBOX_DATA: 'b',
    SANDBOX_STORE: 'memory',
    SANDBOX_LOG: 'off',
  };
  expect(read(['serve', '--port', '0', '--data=c'], environment).config).toMatchObject({
    port: 0,
    host: 'a',
    data: 'c',
    log: 'off',
  });
  expect(read([], environment).config.data).toBeUndefined();
});

describe('an unknown flag, command or value is refused', () => {
  test.each([
    [['--prot', '1'], {}, 'unknown flag --prot, did you mean --port?'],
    [['--port=1', '--hots=2'], {}, 'unknown flag --hots, did you mean --host?'],
    [['-p', '1'], {}, 'unknown flag -p'],
    [['scenarios', '--port', '1'], {}, 'scenarios takes no --port; accepted: --scenarios'],
    [['orders'], {}, 'orders does nothing on its own: ebp-sandbox orders check FILE'],
    [['orders', 'chek', 'f'], {}, 'unknown word of orders chek, did you mean check?'],
    [['orders', 'check'], {}, 'orders check takes the name of a file'],
    [['orders', 'check', 'a', 'b'], {}, 'orders takes no "b"'],
    [['serve', 'now'], {}, 'serve takes no "now"'],
    [['serv'], {}, 'unknown command serv, did you mean serve?'],
    [['--log', 'xml'], {}, '--log: "xml" is not accepted; accepted: text, json, off'],
    [['--port', 'x'], {}, '--port: "x" is not accepted; accepted: a whole number from 0 to 65535'],
    [['--port', '65536'], {}, '--port: "65536" is not accepted'],
    [['--port'], {}, '--port'],
    [['--memory=yes'], {}, '--memory'],
    [['--data', ''], {}, '--data is empty'],
    [['--memory', '--data', 'x'], {}, 'give one of them'],
    [[], { SANDBOX_DATE: 'x' }, 'unknown variable SANDBOX_DATE, did you mean SANDBOX_DATA?'],
    [[], { SANDBOX_STORE: 'redis' }, 'the variable SANDBOX_STORE: "redis" is not accepted; accepted: memory'],
    [['--store', 'redis://h/0', '--memory'], {}, '--memory and --store each say where everything is kept'],
    [['--store', 'redis://h/0', '--data', 'x'], {}, '--data and --store each say where everything is kept'],
    [
      ['--store', 'http://h'],
      {},
      '--store: "http://h" is not accepted; accepted: memory, or a URL such as redis://',
    ],
    [['--store', 'redis://h/x'], {}, '--store: "redis://h/x" is not accepted'],
    [['--store', 'redis://h/0?db=1'], {}, 'is not accepted'],
    [['--store', 'redis:///0'], {}, 'is not accepted'],
    [['--store', 'redis://me:s/cret@h'], {}, '--store: "redis://***@h" is not accepted'],
    [['--store', 'me:secret@h'], {}, '--store: "***@h" is not accepted'],
    [[], { PORT: '-1' }, 'the variable PORT: "-1" is not accepted'],
  ])('%j %j', (args, environment, message) => {
    expect(() => read(args, environment as NodeJS.ProcessEnv)).toThrow(message);
  });
});

test('help names every flag and variable and fits a screen', () => {
  const text = help();
  const all = text + help('certify');
  for (const { flag, variable } of allSettings as readonly Setting[]) {
    if (flag) expect(all).toContain(`--${flag}`);
    if (variable) expect(all).toContain(variable);
  }
  expect(text).toContain('ebp-sandbox certify --help');
  expect(readCommandLine(['certify', '--help'])).toMatchObject({ command: 'help', about: 'certify' });
  expect(text.split('\n').length).toBeLessThanOrEqual(58);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});
