import { distance } from 'fastest-levenshtein';
import { serializeDictionary, Token } from 'structured-headers';
import { type Applied, type Channel, channels, type Warning } from '../app/journal.js';
import type { Defaults } from '../app/ports.js';
import { DEFAULT_WORKSPACE, WORKSPACE_NAME } from '../app/workspace.js';
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

/** What steers one call, word by word. */
export interface Steering extends Trouble {
  readonly scenario?: Scenario | undefined;
  readonly mode?: Mode;
  readonly applied: readonly Applied[];
}

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

type Word = keyof typeof words;
export const steeringWords = Object.keys(words) as Word[];

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
  const named = (
    [
      ['header', headers[PREFIX + WORKSPACE]],
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
 * No `X-Sandbox-*` header and no query key that is nearly one of ours is ever ignored: 422. Other query
 * keys pass and are flagged.
 */
export function checkNames({ headers, query }: CallInput, ours: readonly string[] = []): Warning[] {
  for (const name in headers) {
    if (name.startsWith(PREFIX) && !headerNames.has(name)) {
      throw notAccepted('header', name, [...headerNames], { word: name, via: 'header' });
    }
  }
  const warnings: Warning[] = [];
  if (query.size === 0) return warnings;
  const known = [...queryNames, ...ours];
  for (const key of new Set(query.keys())) {
    if (known.includes(key)) continue;
    if (known.some((name) => distance(key.toLowerCase(), name.toLowerCase()) <= NEAR)) {
      throw notAccepted('query key', key, known, { word: key, via: 'query' });
    }
    warnings.push({
      warning: 'query.unknown',
      message: `query key ${JSON.stringify(key)} has no meaning here`,
    });
  }
  return warnings;
}

/** Resolves the words of one call, word by word by precedence. Throws a 422 problem. */
export function resolveSteering(
  { headers, query, path }: CallInput,
  workspaceDefaults: Defaults,
  serverDefaults: Defaults,
  scenarios: Scenarios,
): Steering {
  const applied: Applied[] = [];
  const steering: Record<string, unknown> = { applied };
  for (const word of steeringWords) {
    const said: [Channel, string][] = [];
    const hear = (via: Channel, value: string | undefined) => {
      if (value !== undefined) said.push([via, value]);
    };
    hear('header', headers[headerNamesByWord[word]]);
    hear('query', single(query, word));
    if (word === 'scenario') hear('path', path.scenario);
    hear('workspace', workspaceDefaults[word]);
    hear('server', serverDefaults[word]);
    const [strongest, ...others] = said;
    if (!strongest) continue;
    const [via, value] = strongest;
    steering[word] = readWord(word, value, scenarios, via);
    // What the call itself says must be understood even where a stronger channel overrules it.
    for (const [weaker, overruled] of others) {
      if (weaker === 'query' || weaker === 'path') readWord(word, overruled, scenarios, weaker);
    }
    applied.push({ word, value, via });
  }
  return steering as unknown as Steering;
}

/** A scenario's trouble, word by word overruled by what a channel as strong as the scenario's own says. */
export function overruled(trouble: Trouble, { applied, scenario: _, ...words }: Steering): Trouble {
  const strength = (word: string) =>
    channels.indexOf(applied.find((one) => one.word === word)?.via ?? 'server');
  const stronger = Object.entries(words).filter(([word]) => strength(word) <= strength('scenario'));
  return { ...words, ...trouble, ...Object.fromEntries(stronger) };
}

/** The meaning of a steering word's value. Throws a 422 problem that names the accepted values. */
export function readWord(word: Word, value: string, scenarios: Scenarios, via: string): unknown {
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
      title: 'Said twice',
      detail: `query key ${key} stands ${values.length} times: say it once`,
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
