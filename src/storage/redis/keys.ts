/** All keys of ours begin like this. */
const PREFIX = 'ebp:';

/** The form of what is kept. */
export const FORMAT_KEY = `${PREFIX}format`;

export const REQUEST_ID_KEY = `${PREFIX}request-id`;

/** Names of workspaces, each with the milliseconds of its last use. */
export const WORKSPACES_KEY = `${PREFIX}workspaces`;

/** Workspaces that have webhooks, each with the milliseconds when some process must look after them. */
export const LOOKS_KEY = `${PREFIX}webhooks`;

/** What a world is kept in. */
export const WORLD_PARTS = [
  'orders',
  'index',
  'world',
  'series',
  'log',
  'log-state',
  'lost',
  'hooks',
  'damaged',
] as const;

export type WorldPart = (typeof WORLD_PARTS)[number];

/** The braces make all keys of a workspace lie on the same node of a cluster. */
export const workspacePrefix = (workspace: string): string => `${PREFIX}{${workspace}}:`;

/** Which world is the current one; missing, the first. */
export const generationKey = (workspace: string): string => `${workspacePrefix(workspace)}generation`;

/** Where processes that wait for something of a workspace are told that there is something. */
export const newsChannel = (workspace: string): string => `${workspacePrefix(workspace)}news`;

/** Where the process that sends the webhooks of a workspace is told that there is something to do. */
export const hooksChannel = (workspace: string): string => `${workspacePrefix(workspace)}hooks`;

/** That a write was done. */
export const markKey = (workspace: string, tag: string): string => `${workspacePrefix(workspace)}done:${tag}`;

/** Who has the turn to send webhooks, and who waits for it: both end by themselves. */
type TurnPart = 'turn' | 'turn-wanted';

export const worldKey = (workspace: string, generation: number, part: WorldPart | TurnPart): string =>
  `${workspacePrefix(workspace)}${generation}:${part}`;
