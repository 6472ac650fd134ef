import { ConfigError, messageOf } from '../config/config-error.js';

/** Where the control plane of a sandbox is, and what it asks for. */
export interface ControlAddress {
  /** The base URL, without a path of the sandbox. */
  readonly base: string;
  readonly token: string | undefined;
}

/** The base URL of a workspace, for a client that is certified. */
export const workspaceUrl = ({ base }: Pick<ControlAddress, 'base'>, workspace: string): string =>
  `${base}/w/${encodeURIComponent(workspace)}`;

/** Calls the control plane of a workspace; the text of the answer. Rejects with a `ConfigError` that says what to do. */
export async function controlCall(
  address: ControlAddress,
  workspace: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: string,
): Promise<string> {
  const { token } = address;
  const url = `${workspaceUrl(address, workspace)}/_sandbox/${path}`;
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  }).catch((error: Error) => {
    throw new ConfigError(`no answer from ${url}: ${messageOf(error.cause ?? error)}`);
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const hint = answer.status === 401 ? ': give --control-token or set SANDBOX_CONTROL_TOKEN' : '';
  throw new ConfigError(`${url} answers ${answer.status}${hint}: ${detailOf(text)}`);
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // A proxy answers for itself.
  }
  return text.slice(0, 200);
}
