import { distance } from 'fastest-levenshtein';
import { serializeDictionary, Token } from 'structured-headers';
import { type Applied, type Channel, channels, type Warning } from '../app/journal.js';
import type { Defaults } from '../app/ports.js';
import { DEFAULT_WORKSPACE, WORKSPACE_NAME } from '../app/world.js';
import type { Scenario, Scenarios } from '../steering/scenario.js';
import {
  type Mode,
  NotAccepted,
  parseDelay,
  parseError,
  parseFault,
  parseMode,
  parsePhase,
  type Trouble,
} from '../steering/words.js';
import { notAccepted, ProblemError } from './problem.js';
import type { CallInput } from './request.js';

/** What steers one call: of each word, what the strongest channel says. */
export interface Steering extends Trouble {
  readonly scenario?: Scenario | undefined;
  /** Whether header, query or path name the scenario; any other channel steers only orders not made yet. */
  readonly isNamed: boolean;
  readonly mode?: Mode;
  readonly applied: readonly Applied[];
}

/** One word as one channel says it. */
export interface Said extends Applied {
  readonly word: Word;
  readonly meaning: unknown;
}

/** Of nearly every call. */
export const nothingSteers: Steering = { applied: [], isNamed: false };

/** The trouble that the words bring. */
export function troubleIn(steering: Steering): Trouble {
  if (steering === nothingSteers) return noTrouble;
  const { applied: _, scenario: __, isNamed: ___, mode: ____, ...trouble } = steering;
  return trouble;
}

export const noTrouble: Trouble = {};

/** The words that say what a call meets, each with the reading of its value. */
const words = {
  scenario: (value: string, scenarios: Scenarios) =>
    scenarios.get(value) ?? new NotAccepted([...scenarios.keys()]),
  error: parseError,
  delay: parseDelay,
  fault: parseFault,
  phase: parsePhase,
  mode: parseMode,
} as const;

export type Word = keyof typeof words;
export const steeringWords = Object.keys(words) as Word[];
const isWord = (name: string): name is Word => Object.hasOwn(words, name);

const WORKSPACE = 'workspace';
const PREFIX = 'x-sandbox-';
const headerNamesByWord = Object.fromEntries(steeringWords.map((word) => [word, PREFIX + word])) as Record<
  Word,
  string
>;
const headerNames = new Set([PREFIX + WORKSPACE, ...Object.values(headerNamesByWord)]);
const queryNames = [WORKSPACE, ...steeringWords];

/** A query key this near to one of ours is taken for a slip of the pen. */
const NEAR = 2;

/**
 * The workspace of a call, from header, query and path, which must agree.
 * Throws a 422 problem that names what is wrong.
 */
export function workspaceOf({ headers, query, path }: CallInput): string {
  const inHeader = headers[PREFIX + WORKSPACE];
  if (inHeader === undefined && path.workspace === undefined && query.size === 0) return DEFAULT_WORKSPACE;
  const named = (
    [
      ['header', inHeader],
      ['query', single(query, WORKSPACE)],
      ['path', path.workspace],
    ] as const
  ).filter(([, name]) => name !== undefined) as [Channel, string][];

  for (const [via, name] of named) {
    if (!WORKSPACE_NAME.test(name)) {
      throw notAccepted('workspace', name, [`a name that matches ${WORKSPACE_NAME.source}`], {
        word: WORKSPACE,
        via,
      });
    }
  }
  const [first, ...others] = named;
  const other = others.find(([, name]) => name !== first?.[1]);
  if (first && other) {
    throw new ProblemError({
      status: 422,
      title: 'Two workspaces',
      detail: `the ${first[0]} names workspace ${first[1]}, the ${other[0]} ${other[1]}: name one`,
      word: WORKSPACE,
    });
  }
  return first?.[1] ?? DEFAULT_WORKSPACE;
}

/**
 * No `X-Sandbox-*` header and no query key that is nearly one of ours is ever ignored: 422. Other query keys
 * pass with a warning.
 */
export function checkNames({ headers, query }: CallInput): Warning[] {
  checkHeaderNames(headers);
  if (query.size === 0) return [];
  const warnings: Warning[] = [];
  for (const key of new Set(query.keys())) {
    if (queryNames.includes(key)) continue;
    if (queryNames.some((name) => distance(key.toLowerCase(), name.toLowerCase()) <= NEAR)) {
      throw notAccepted('query key', key, queryNames, { word: key, via: 'query' });
    }
    warnings.push({
      warning: 'query.unknown',
      message: `query key ${JSON.stringify(key)} has no meaning here`,
    });
  }
  return warnings;
}

function checkHeaderNames(headers: CallInput['headers']): void {
  for (const name in headers) {
    if (name.startsWith(PREFIX) && !headerNames.has(name)) {
      throw notAccepted('header', name, [...headerNames], { word: name, via: 'header' });
    }
  }
}

/** On the control plane every query key has a meaning, or the call is refused with 422. */
export function checkControlNames({ headers, query }: CallInput, accepted: readonly string[]): void {
  checkHeaderNames(headers);
  const known = [WORKSPACE, ...accepted];
  for (const key of query.keys()) {
    if (!known.includes(key)) throw notAccepted('query key', key, known, { word: key, via: 'query' });
  }
}

/** Whom the trouble among a workspace's defaults meets: its key `operation`. */
export const defaultOperations = ['cancel', 'detail', 'all'] as const;

/** The words that bring trouble; scenario and mode are of every operation. */
const troubling: readonly string[] = ['error', 'delay', 'fault', 'phase'] satisfies Word[];

/** The defaults of a workspace, as far as they are for an operation. */
function defaultsFor(operation: string, defaults: Defaults): Defaults {
  const { operation: met = 'cancel' } = defaults;
  if (met === operation || met === 'all') return defaults;
  return Object.fromEntries(Object.entries(defaults).filter(([word]) => !troubling.includes(word)));
}

/** All that is said to one call of an operation, by every channel but armed rules. Throws a 422 problem. */
export function hear(
  operation: string,
  { headers, query, path }: CallInput,
  defaults: Defaults,
  serverDefaults: Defaults,
  scenarios: Scenarios,
): readonly Said[] {
  const said: Said[] = [];
  // The call's own words must be understood even where a stronger channel overrules them.
  const say = (word: Word, value: string | undefined, via: Channel) => {
    if (value === undefined) return;
    said.push({ word, value, via, meaning: readWord(word, value, scenarios, via) });
  };
  const workspaceDefaults = defaultsFor(operation, defaults);
  for (const word of steeringWords) {
    say(word, headers[headerNamesByWord[word]], 'header');
    say(word, single(query, word), 'query');
    if (word === 'scenario') say(word, path.scenario, 'path');
    say(word, workspaceDefaults[word], 'workspace');
    say(word, serverDefaults[word], 'server');
  }
  return said;
}

const strengthOf = (via: Channel): number => channels.indexOf(via);

/** Word by word, what the strongest channel says. */
export function settle(said: readonly Said[]): Steering {
  if (said.length === 0) return nothingSteers;
  const applied: Applied[] = [];
  const steering: Record<string, unknown> = { applied, isNamed: false };
  for (const word of steeringWords) {
    const [strongest] = said
      .filter((one) => one.word === word)
      .sort((one, other) => strengthOf(one.via) - strengthOf(other.via));
    if (!strongest) continue;
    const { value, via, meaning } = strongest;
    steering[word] = meaning;
    applied.push({ word, value, via });
    if (word === 'scenario') steering.isNamed = via === 'header' || via === 'query' || via === 'path';
  }
  return steering as unknown as Steering;
}

/** Whether a channel stronger than armed rules says this word already. */
export const isOverruled = (word: string, said: readonly Said[]): boolean =>
  said.some((one) => one.word === word && strengthOf(one.via) < strengthOf('arm'));

/**
 * Merges the trouble of a scenario's step with the words that were said. A word wins where its channel ranks at
 * least as high as the channel that named the scenario.
 */
export function mergeTrouble(trouble: Trouble, steering: Steering): Trouble {
  const { applied } = steering;
  const strength = (word: string) =>
    channels.indexOf(applied.find((one) => one.word === word)?.via ?? 'server');
  const words = troubleIn(steering);
  const stronger = Object.entries(words).filter(([word]) => strength(word) <= strength('scenario'));
  return { ...words, ...trouble, ...Object.fromEntries(stronger) };
}

/** The meaning of a steering word's value. Throws a 422 problem that names the accepted values. */
export function readWord(word: string, value: string, scenarios: Scenarios, via: string): unknown {
  if (!isWord(word)) throw notAccepted('steering word', word, steeringWords, { word, via });
  const read: (value: string, scenarios: Scenarios) => unknown = words[word];
  const result = read(value, scenarios);
  if (result instanceof NotAccepted) throw notAccepted(word, value, result.accepted, { word, via });
  return result;
}

function single(query: URLSearchParams, key: string): string | undefined {
  if (query.size === 0) return undefined;
  const values = query.getAll(key);
  if (values.length > 1) {
    throw new ProblemError({
      status: 422,
      title: 'Query key given twice',
      detail: `query key ${key} is given ${values.length} times: give it once`,
      word: key,
      via: 'query',
    });
  }
  return values[0];
}

/** `X-Sandbox-Applied`: a dictionary (RFC 9651) of strings, each with its channel, or `none`. */
export function writeApplied(applied: readonly Applied[]): string {
  if (applied.length === 0) return 'none';
  return serializeDictionary(
    new Map(applied.map(({ word, value, via }) => [word, [value, new Map([['via', new Token(via)]])]])),
  );
}
