import { spawn } from 'node:child_process';
import { jsonPost } from './json-post.js';

export interface Curled {
  /** 52: empty reply; 56: reset; 28: timed out. */
  readonly exitCode: number | null;
  /** 0 where no status line came. */
  readonly status: number;
  readonly body: string;
  readonly said: string;
}

const MARK = '\ncurl-status:';

/** Runs curl, and rejects where there is none. */
function curl(url: string, ...args: readonly string[]): Promise<Curled> {
  return new Promise((resolve, reject) => {
    const child = spawn('curl', ['-q', '-sS', '--noproxy', '*', '-w', `${MARK}%{http_code}`, ...args, url], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    child.once('error', reject);
    child.once('close', (exitCode) => {
      const at = out.lastIndexOf(MARK);
      resolve({ exitCode, status: Number(out.slice(at + MARK.length)), body: out.slice(0, at), said });
    });
  });
}

/** Posts a cancel with curl. */
export function curlPost(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Promise<Curled> {
  const request = jsonPost(body, headers);
  const named = Object.entries(request.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return curl(url, ...named, '--data-binary', String(request.body), ...args);
}
