import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, messageOf, notAccepted, unknown } from './config-error.js';
import { type Setting, type SettingName, settings } from './settings.js';

/** A value that somebody set, checked by the setting's schema. */
export interface Found {
  readonly value: unknown;
  /** Where it was set, as a message names it: `--port`, `the variable PORT`, `sandbox.yaml: port`. */
  readonly source: string;
}

/** One place where settings are made. Throws `ConfigError` for a value that is not accepted. */
export type Layer = (setting: Setting) => Found | undefined;

/** Flags as they were given. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export const flagLayer =
  (flags: Flags): Layer =>
  (setting) => {
    const given = setting.flag === undefined ? undefined : flags[setting.flag];
    if (given === undefined) return undefined;
    const source = `--${setting.flag}`;
    if (given === '') throw new ConfigError(`${source} is empty; it takes ${setting.value}: ${setting.help}`);
    return { value: setting.isList ? given : fromText(setting, given, source), source };
  };

/** An empty variable counts as not set: that is how a shell or a compose file takes one back. */
export const variableLayer =
  (environment: NodeJS.ProcessEnv): Layer =>
  (setting) => {
    const given = setting.variable && environment[setting.variable];
    if (!given) return undefined;
    const source = `the variable ${setting.variable}`;
    return { value: fromText(setting, given, source), source };
  };

/** Settings that belong to a process of its own: its files, its environment, its log. */
const OF_A_PROCESS: readonly string[] = ['config', 'defaults', 'log', 'addressFile'] satisfies SettingName[];

/** How a program names a setting: its flag, or else its key of a file, in camel case. */
const optionOf = ({ name, flag, key }: Setting): string | undefined =>
  OF_A_PROCESS.includes(name)
    ? undefined
    : (flag ?? key)?.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Settings that mean nothing without a port: where it listens, and who may come in by it. */
const OF_A_PORT: readonly string[] = [
  'port',
  'host',
  'control',
  'controlToken',
  'allowedHosts',
  'tlsCert',
  'tlsKey',
  'tlsClientCa',
  'maxConnections',
  'maxBodyBytesInFlight',
] satisfies SettingName[];

const optionsOf = (rows: readonly Setting[]): readonly string[] => rows.flatMap((row) => optionOf(row) ?? []);

/** Every option that a program may start a sandbox with. */
export const optionNames = optionsOf(settings);

/** Those of them that a sandbox without a port takes. */
export const optionNamesWithoutPort = optionsOf(settings.filter(({ name }) => !OF_A_PORT.includes(name)));

/** Options that a program gives; one that is `undefined` counts as not given. */
export function optionLayer(options: object, accepted: readonly string[]): Layer {
  const found = new Map<string, Found>();
  for (const [name, value] of Object.entries(options)) {
    if (!accepted.includes(name)) throw unknown('option', name, accepted);
    if (value === undefined) continue;
    const setting = settings.find((one: Setting) => optionOf(one) === name) as Setting;
    const source = `the option ${name}`;
    const place = (path: string) => (path === '' ? source : `${source}.${path}`);
    found.set(setting.name, { value: checked(setting, value, place), source });
  }
  return ({ name }) => found.get(name);
}

function fromText(setting: Setting, given: unknown, source: string): unknown {
  return checked(setting, setting.isJson ? json(String(given), source) : given, (path) =>
    path === '' ? source : `${source}: ${path}`,
  );
}

function json(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${source} is not JSON: ${messageOf(error)}`);
  }
}

/** A configuration file. The whole of it is checked at once, also what a stronger layer sets otherwise. */
export function fileLayer(file: string, namedBy: string): Layer {
  const content = readYaml(file, namedBy);
  const found = new Map<string, Found>();
  for (const [key, value] of Object.entries(content)) {
    const setting = settings.find((one: Setting) => one.key === key);
    if (!setting) throw unknown('key', key, fileKeys, file);
    const source = `${file}: ${key}`;
    const place = (path: string) => (path === '' ? source : `${source}.${path}`);
    found.set(key, { value: checked(setting, value, place), source });
  }
  return ({ key = '' }) => found.get(key);
}

const fileKeys = settings.flatMap((setting: Setting) => setting.key ?? []);

function readYaml(file: string, namedBy: string): object {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${namedBy}: the file ${file} cannot be read: ${messageOf(error)}`);
  }
  const document = parseDocument(source);
  const [mistake] = document.errors;
  if (mistake) throw new ConfigError(`${file}: ${mistake.message.split('\n')[0]}`);
  const content: unknown = document.toJS() ?? {};
  if (typeof content === 'object' && !Array.isArray(content)) return content as object;
  throw notAccepted(file, content, `settings such as "port: 4232"; keys: ${fileKeys.join(', ')}`);
}

function checked(setting: Setting, given: unknown, place: (path: string) => string): unknown {
  const { schema, isSecret, show = (value: unknown) => value } = setting;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  // A misspelt key is the reason why the right one is missing, so it comes first.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? (issues[0] as z.core.$ZodIssue);
  throw mistake(issue, show(given), place, isSecret);
}

function mistake(
  issue: z.core.$ZodIssue,
  given: unknown,
  place: (path: string) => string,
  isSecret = false,
): ConfigError {
  const at = place(issue.path.join('.'));
  if (issue.code === 'unrecognized_keys') {
    return unknown('key', issue.keys[0] ?? '', issue.message.split(', '), at);
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    given,
  );
  if (value === undefined) return new ConfigError(`${at} is missing; accepted: ${issue.message}`);
  // `hashKey` and `key` hold secrets.
  const isKey = /key$/i.test(String(issue.path.at(-1)));
  return notAccepted(at, isSecret || isKey ? '***' : value, issue.message);
}
