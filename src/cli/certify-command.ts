import { type Format, written } from '../app/certification/formats/formats.js';
import { outcomeOf } from '../app/certification/formats/held-to.js';
import { builtIn } from '../app/certification/own-checklist.js';
import type { Report } from '../app/certification/report.js';
import type { CertifyConfig } from '../config/config.js';
import { readChecklist } from '../steering/read-checklist.js';
import { readBytes } from './body-file.js';
import { controlCall } from './control-client.js';
import { drive } from './drive.js';

/** A checklist is named, or it is a file. */
const FILE = /[/\\.]/;

/**
 * Certifies the client of a workspace, and drives it there where a command is given. The exit code is 1 when a check
 * failed that one is held to, 2 when such a check is neither passed nor failed.
 */
export async function certifyCommand(config: CertifyConfig): Promise<void> {
  const { workspace, checklist, format, failOn, language, drive: command } = config;
  const address = { base: config.url.replace(/\/$/, ''), token: config.token };
  const file = checklist !== undefined && FILE.test(checklist) ? readOwn(checklist) : undefined;
  const query = new URLSearchParams({ language });
  if (checklist !== undefined && file === undefined) query.set('checklist', checklist);
  const report = async (of: string): Promise<Report> =>
    JSON.parse(
      await controlCall(address, of, file === undefined ? 'GET' : 'POST', `certification?${query}`, file),
    );
  const say = (line: string) => process.stderr.write(`certify: ${line}\n`);
  const result =
    command === undefined
      ? await report(workspace)
      : await drive({ command, workspace, address, report, say });
  process.stdout.write(textOf(result, format, failOn));
  const outcomes = result.checks.map((check) => outcomeOf(check, failOn));
  if (outcomes.includes('failed')) process.exitCode = 1;
  else if (outcomes.includes('undecided')) process.exitCode = 2;
}

function textOf(report: Report, format: Format, failOn: CertifyConfig['failOn']): string {
  const { text } = written(report, format, failOn);
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A checklist file, once it was read without a mistake. Throws `BrokenChecklist`. */
function readOwn(file: string): string {
  const yaml = new TextDecoder().decode(readBytes(file));
  readChecklist('own', file, yaml, builtIn);
  return yaml;
}
