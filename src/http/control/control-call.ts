import type { Context } from 'hono';
import type { WorldStorage } from '../../app/ports.js';
import type { World } from '../../app/world.js';
import { type Env, readInput } from '../request.js';
import type { Services } from '../services.js';
import { checkControlNames, workspaceOf } from '../steering.js';

export interface ControlEnv extends Env {
  Variables: {
    services: Services;
    world: World;
    /** What is kept of the world. Rejects with `DamagedRecord`. */
    storage: () => Promise<WorldStorage>;
  };
}

export type ControlContext = Context<ControlEnv>;

/** Query keys of the calls that take some, beside the workspace. */
const queryKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['certification', ['checklist', 'format', 'failOn', 'language']],
  ['checklists', ['language']],
  ['docs', ['document']],
  ['lint', ['language']],
  ['orders', ['limit', 'cursor', 'orderNo']],
  ['workspaces', ['limit', 'cursor']],
  ['webhooks', ['after', 'wait']],
  [
    'requests',
    ['limit', 'cursor', 'orderNo', 'rule', 'status', 'resultCode', 'operation', 'received', 'since'],
  ],
]);

/** Calls that only look make no workspace. */
const LOOKS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);
const LOOKING = new Set(['certification', 'explain', 'verify', 'workspaces', 'reset']);

/** Calls that answer where the store cannot be reached too. */
const WITHOUT_STORE = new Set([
  'health',
  'rules',
  'errors',
  'scenarios',
  'docs',
  'openapi.json',
  'control-openapi.json',
]);

const AREA = /\/_sandbox\/([^/]*)/;

/** The world that a control call is about. Throws a 422 problem. */
export async function controlledWorld(services: Services, c: ControlContext): Promise<World> {
  const input = readInput(c);
  const area = AREA.exec(c.req.path)?.[1] ?? '';
  // The request to be explained is a cancel, with the query of one.
  if (area !== 'explain') checkControlNames(input, queryKeys.get(area) ?? []);
  const { workspaces } = services;
  const workspace = workspaceOf(input);
  if (!WITHOUT_STORE.has(area)) await workspaces.update(workspace, true);
  return LOOKS.has(c.req.method) || LOOKING.has(area)
    ? workspaces.look(workspace)
    : workspaces.use(workspace);
}
