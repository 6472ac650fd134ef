import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Step {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run: string;
}

const EXPRESSION = /\$\{\{\s*(.*?)\s*\}\}/g;

/**
 * Runs the steps of a job one after another, as a runner does with `shell: bash`; those for a failure too.
 * Rejects where one fails.
 */
export async function runSteps(
  steps: readonly Step[],
  expressions: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'workflow-'));
  const passedOn = join(directory, 'env');
  await writeFile(passedOn, '');
  const fill = (text: string) =>
    text.replace(EXPRESSION, (_, expression: string) => {
      const value = expressions[expression];
      if (value === undefined) throw new Error(`no value for the expression ${expression}`);
      return value;
    });
  try {
    for (const { name, env = {}, run } of steps) {
      const own = Object.entries(env).map(([key, value]) => [key, fill(value)]);
      const earlier = (await readFile(passedOn, 'utf8')).matchAll(/^(\w+)=(.*)$/gm);
      await promisify(execFile)('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', fill(run)], {
        env: {
          PATH: process.env.PATH,
          GITHUB_ENV: passedOn,
          ...environment,
          ...Object.fromEntries([...earlier].map(([, key, value]) => [key, value])),
          ...Object.fromEntries(own),
        },
      }).catch((error) => {
        throw new Error(`the step "${name}" fails: ${error.message}\n${error.stdout}`);
      });
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
