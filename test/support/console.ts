import type { Answered, World } from './world.js';

export const CONSOLE = '/_sandbox/console';

/** Posts a form of the console as a browser does. */
export const submit = (
  world: World,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answered> =>
  world.call(`${CONSOLE}${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'http://localhost:4232',
      Host: 'localhost:4232',
      'Sec-Fetch-Site': 'same-origin',
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  });
