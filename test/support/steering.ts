import { type Item, parseDictionary, Token } from 'structured-headers';
import { expect } from 'vitest';
import { jsonPost } from './json-post.js';
import { CANCEL } from './operations.js';
import { cancelOf, line2 } from './samples.js';
import { type Answered, newWorld, type World } from './world.js';

/** A cancel of one line of the sample order. */
export const one = cancelOf([line2]);

/** The channels that a word can come through, the strongest first. */
export const channels = ['header', 'query', 'path', 'workspace', 'server'] as const;
export type Channel = (typeof channels)[number];
export type Words = Readonly<Record<string, string>>;

export const HEADER_OF: Readonly<Record<string, string>> = {
  workspace: 'X-Sandbox-Workspace',
  scenario: 'X-Sandbox-Scenario',
  error: 'X-Sandbox-Error',
  delay: 'X-Sandbox-Delay',
  fault: 'X-Sandbox-Fault',
  phase: 'X-Sandbox-Phase',
  mode: 'X-Sandbox-Mode',
};

const asHeaders = (words: Words = {}) =>
  Object.fromEntries(Object.entries(words).map(([word, value]) => [HEADER_OF[word] ?? word, value]));

const asQuery = (words: Words = {}) => {
  const query = new URLSearchParams(words).toString();
  return query && `?${query}`;
};

export const send = (world: World, path: string, headers: Words = {}, body: object | string = one) =>
  world.call(path, jsonPost(body, headers));

/** Sends a request with words in several channels at once. */
export async function steer(said: Partial<Record<Channel, Words>>, body: object = one, path = CANCEL) {
  const world = newWorld({ serverDefaults: said.server ?? {} });
  const { scenario } = said.path ?? {};
  if (said.workspace) {
    const put = await world.put('/_sandbox/defaults', said.workspace);
    expect(put.status).toBe(200);
  }
  const base = scenario ? `/w/default/s/${scenario}` : '';
  const target = base + path + asQuery(said.query);
  return { world, answer: await send(world, target, asHeaders(said.header), body) };
}

/** `X-Sandbox-Applied` as a parser of RFC 9651 reads it: word → [value, channel]. */
export function appliedOf({ headers }: Answered): Record<string, [string, string]> {
  const text = headers.get('x-sandbox-applied') ?? '';
  if (text === 'none') return {};
  return Object.fromEntries(
    [...parseDictionary(text)].map(([word, member]) => {
      const [value, parameters] = member as Item;
      expect(value, 'values are always strings').toBeTypeOf('string');
      expect([...parameters.keys()]).toEqual(['via']);
      const via = parameters.get('via');
      expect(via, 'the channel is a token').toBeInstanceOf(Token);
      return [word, [value as string, String(via)]];
    }),
  );
}

/** The sandbox refused the request itself, with a problem and not with an answer of EBP. */
export function expectProblem({ status, headers, json }: Answered, expected: number) {
  expect([status, headers.get('content-type')]).toEqual([
    expected,
    'application/problem+json; charset=utf-8',
  ]);
  expect(json).toMatchObject({
    type: 'about:blank',
    title: expect.stringMatching(/./),
    status: expected,
    detail: expect.stringMatching(/./),
  });
  expect(json).not.toHaveProperty('resultCode');
}

export const scenario = (name: string) => ({ 'X-Sandbox-Scenario': name });

/** An order number of a partner's own, and a cancel of it. */
export const OWN = 'PARTNER-7';
export const own = cancelOf([line2], { orderNo: OWN });
