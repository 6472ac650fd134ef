import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Block, blocksOf } from './markdown.js';

/** Commands of a page, and the response that the page shows for them. */
export interface Example {
  readonly line: number;
  readonly commands: string;
  readonly expected: Block | undefined;
}

/** The address that the pages use. */
const DOCUMENTED_HOST = '127.0.0.1:4232';

const RESPONSE_KINDS = ['json', 'http', 'text'];

/** A block that only installs, starts or measures; other tests cover these commands. */
const isSetUp = (block: Block) =>
  block.text
    .trimEnd()
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .every((line) => /^(npm|docker) /.test(line));

/**
 * The `sh` blocks of a page, each with the `json`, `http` or `text` block that follows it.
 * Throws where a response follows no commands.
 */
export function examplesOf(markdown: string): readonly Example[] {
  const examples: { line: number; commands: string; expected: Block | undefined }[] = [];
  let before: Block | undefined;
  for (const block of blocksOf(markdown)) {
    if (block.kind === 'sh' && !isSetUp(block)) {
      examples.push({ line: block.line, commands: block.text, expected: undefined });
    } else if (RESPONSE_KINDS.includes(block.kind)) {
      const example = examples.at(-1);
      if (before?.kind !== 'sh' || !example || isSetUp(before)) {
        throw new Error(`line ${block.line}: this response follows no commands`);
      }
      example.expected = block;
    }
    before = block;
  }
  return examples;
}

/** The standard output and the exit status of the commands of each example, run one after another in one shell. */
export async function runExamples(
  examples: readonly Example[],
  url: string,
  directory: string,
): Promise<readonly { readonly output: string; readonly exitCode: number }[]> {
  const { host } = new URL(url);
  const script = examples.map(({ commands }) => `${commands}printf '<<<exit %s>>>\\n' $?\n`).join('');
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-o', 'pipefail', '-c', script.replaceAll(DOCUMENTED_HOST, host)],
    { cwd: directory },
  );
  return [...stdout.matchAll(/([\s\S]*?)<<<exit (\d+)>>>\n/g)].map(([, output = '', code]) => ({
    output: output.replaceAll(host, DOCUMENTED_HOST),
    exitCode: Number(code),
  }));
}

/** Output in the form in which it is compared: without ids, times, versions and the layout of JSON. */
export function comparable(kind: string, text: string): string {
  if (kind === 'json') return masked(compact(text));
  if (kind === 'text') return masked(text.trimEnd());
  const [head = '', body = ''] = text.replaceAll('\r', '').split('\n\n', 2);
  return masked(`${head.replace(/\n(Date|Connection|Keep-Alive): .*/g, '')}\n\n${compact(body)}`);
}

/** JSON without the white space between its tokens; numbers keep their digits. */
const compact = (json: string) => (json.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? []).join('');

const masked = (text: string) =>
  text
    .replace(/\b\d{13}\b/g, 'REQUEST-ID')
    // The times of the specification's samples, which a page sets a clock to, are compared.
    .replace(/(?!2025-12-3)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?:\d{9}|\d{3})Z/g, 'TIME')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST')
    .replace(/^id: \w+-\d+$/gm, 'id: EVENT-ID')
    .replace(/"durationMs":[\d.]+/g, '"durationMs":DURATION')
    .replace(/curl\/[\d.]+/g, 'curl/VERSION')
    // 52: empty reply, 56: reset; versions of curl differ.
    .replace(/^curl exit code 5[26]$/gm, 'curl exit code LOST');
