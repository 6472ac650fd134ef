import type { Context } from 'hono';
import type { Workspace } from '../../app/workspace.js';
import { callInput, type Env } from '../request.js';
import type { Services } from '../services.js';
import { checkNames, workspaceOf } from '../steering.js';

export interface ControlEnv extends Env {
  Variables: { services: Services; workspace: Workspace };
}

export type ControlContext = Context<ControlEnv>;

/** Query keys of the control plane, beside those that steer. */
const QUERY = ['orderNo', 'limit', 'cursor'];

/** The world that a control call is about. Throws a 422 problem. */
export function controlledWorkspace(services: Services, c: ControlContext): Workspace {
  const input = callInput(c);
  checkNames(input, QUERY);
  return services.workspaces.open(workspaceOf(input));
}
