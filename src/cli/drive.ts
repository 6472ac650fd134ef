import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { type Exercise, type ExerciseId, exercises } from '../app/certification/exercises.js';
import { type DrivenExercise, exercisesOf, mergedReport, type Report } from '../app/certification/report.js';
import { WORKSPACE_NAME } from '../app/world.js';
import { ConfigError } from '../config/config-error.js';
import { type ControlAddress, controlCall, workspaceUrl } from './control-client.js';

/** A command that has not ended by then is ended. */
const COMMAND_MS = 180_000;

/** A client that gave up is noticed a moment later. */
const NOTICE_MS = 250;

interface Drive {
  readonly command: string;
  readonly workspace: string;
  readonly address: ControlAddress;
  /** Asks for the report of a workspace. */
  readonly report: (workspace: string) => Promise<Report>;
  readonly say: (line: string) => void;
}

/**
 * Makes the trouble of each exercise in a workspace of its own, runs the client's command against it, and reads the
 * verdict once all have been silent for long enough.
 */
export async function drive({ command, workspace, address, report, say }: Drive): Promise<Report> {
  const { limits, checks } = await report(workspace);
  const ids = exercisesOf({ checks });
  const driven: DrivenExercise[] = [];
  for (const id of ids) {
    const { title, scenario, arm, times }: Exercise = exercises[id];
    const own = workspaceOf(workspace, id);
    const call = (method: 'POST' | 'PUT', path: string, body?: object) =>
      controlCall(address, own, method, path, body && JSON.stringify(body));
    await call('POST', 'reset');
    if (scenario) await call('PUT', 'defaults', { scenario });
    if (arm) await call('POST', 'arm', { ...arm, ...(times !== undefined && { times }) });
    say(`exercise ${driven.length + 1} of ${ids.length}, ${id}: ${title.en}`);
    const exit = await run(command, workspaceUrl(address, own), { workspace: own, exercise: id });
    driven.push({ id, title: title.en, workspace: own, exit });
    if (id === 'plain') await assertCalled(await report(own), command);
  }
  say(`waiting ${limits.silenceMs} ms, so that silence can be told from a pause`);
  await setTimeout(limits.silenceMs + NOTICE_MS);
  const reports = [];
  for (const exercise of driven) reports.push({ exercise, report: await report(exercise.workspace) });
  return mergedReport(workspace, reports);
}

function workspaceOf(workspace: string, id: ExerciseId): string {
  const own = `${workspace}.${id}`;
  if (WORKSPACE_NAME.test(own)) return own;
  throw new ConfigError(
    `--workspace: ${JSON.stringify(workspace)} is not accepted with --drive; accepted: a name whose exercises are names too, such as ${JSON.stringify(own)}: small letters, digits, and . _ -, at most 64 characters in all`,
  );
}

/** Nothing can be said of a command that never calls: all further exercises would take their time for nothing. */
async function assertCalled({ observed, workspace }: Report, command: string): Promise<void> {
  if (observed.requests > 0) return;
  throw new ConfigError(
    `the command ${JSON.stringify(command)} made no request in workspace ${workspace}: let it call the base URL that stands in EBP_BASE_URL and in place of {url}`,
  );
}

/** Runs the command in a shell; its output goes to stderr. Resolves with its exit code, or the signal that ended it. */
function run(
  command: string,
  url: string,
  { workspace, exercise }: { readonly workspace: string; readonly exercise: string },
): Promise<number | string> {
  const child = spawn(command.replaceAll('{url}', url), {
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 2, 2],
    env: { ...process.env, EBP_BASE_URL: url, EBP_WORKSPACE: workspace, EBP_EXERCISE: exercise },
  });
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const kill = () => {
      try {
        process.kill(process.platform === 'win32' ? (child.pid ?? 0) : -(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    };
    setTimeout(COMMAND_MS, undefined, { signal: end.signal }).then(kill, () => {});
    process.once('exit', kill);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      end.abort();
      process.removeListener('exit', kill);
      resolve(code ?? signal ?? 'unknown');
    });
  });
}
