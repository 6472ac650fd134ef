import { spawnSync } from 'node:child_process';
import path from 'node:path';

const classOf = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/**
 * The languages of the examples: how each is asked whether it is there, and how its example of a name is compiled
 * into a directory, where it is, and started.
 */
export const languages = (compiled: string) =>
  [
    {
      language: 'TypeScript',
      asked: ['node', '--version'],
      compile: (name: string) => [
        'node_modules/.bin/tsc',
        '--ignoreConfig',
        ...[
          '--strict',
          '--target',
          'ES2023',
          '--module',
          'NodeNext',
          '--types',
          'node',
          '--outDir',
          compiled,
        ],
        `examples/typescript/${name}.ts`,
      ],
      start: (name: string) => ['node', path.join(compiled, `${name}.js`)],
    },
    {
      language: 'Python',
      asked: ['python3', '--version'],
      compile: undefined,
      start: (name: string) => ['python3', `examples/python/${name}.py`],
    },
    {
      language: 'Java',
      asked: ['javac', '--version'],
      compile: (name: string) => ['javac', '-d', compiled, `examples/java/${classOf(name)}.java`],
      start: (name: string) => ['java', '-cp', compiled, classOf(name)],
    },
    {
      // Built, since `go run` leaves its program behind when it is ended.
      language: 'Go',
      asked: ['go', 'version'],
      compile: (name: string) => ['go', 'build', '-o', path.join(compiled, name), `examples/go/${name}.go`],
      start: (name: string) => [path.join(compiled, name)],
    },
  ].map((one) => {
    const [command = '', ...given] = one.asked;
    const isThere = spawnSync(command, given).status === 0;
    return { ...one, isThere, name: isThere ? one.language : `${one.language} (is not installed here)` };
  });
