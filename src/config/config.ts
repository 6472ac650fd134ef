import { type Store, sandboxStore } from '../app/credentials.js';
import type { Dialect } from '../contract/dialect.js';
import { ConfigError } from './config-error.js';
import { dialectOf } from './dialect.js';
import { type Flags, fileLayer, flagLayer, type Layer, variableLayer } from './layers.js';
import { millisecondsOf } from './schemas.js';
import { type SettingName, type SetValue, settingNamed, type Value } from './settings.js';
import { checkVariables } from './variables.js';

export type LogForm = Value<'log'>;

/** What the server is started with. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Directory of the lowdb store; `undefined` keeps everything in memory only. */
  readonly data: string | undefined;
  /** Directory of further scenario files. */
  readonly scenarios: string | undefined;
  /** Default scenario of every workspace. */
  readonly scenario: string | undefined;
  readonly maxWorkspaces: number;
  readonly maxOrders: number;
  /** Milliseconds without a call after which a workspace is deleted. */
  readonly workspaceTtlMs: number;
  readonly sandboxHeaders: boolean;
  readonly log: LogForm;
  readonly mode: Value<'mode'>;
  readonly dialect: Dialect;
  readonly stores: readonly Store[];
  /** The server writes the address it serves into this file. */
  readonly addressFile: string | undefined;
  /** Where a setting was made: `--host`, `the variable HOST`; of those left at their defaults, nothing. */
  readonly sources: Readonly<Partial<Record<SettingName, string>>>;
}

/**
 * Reads the settings of the server. Flags win over the environment, the environment over the configuration file,
 * that over the file of defaults. Throws `ConfigError`.
 */
export function readConfig(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  warn: (message: string) => void = () => {},
): Config {
  checkVariables(environment, warn);
  const layers = layersOf(flags, environment);
  const sources: Partial<Record<SettingName, string>> = {};
  const get = <N extends SettingName>(name: N): Value<N> => {
    const found = strongest(layers, name);
    if (!found) return settingNamed(name).default as Value<N>;
    sources[name] = found.source;
    return found.value;
  };
  return {
    port: get('port'),
    host: get('host'),
    data: directoryOf(layers),
    scenarios: get('scenarios'),
    scenario: get('scenario'),
    maxWorkspaces: get('maxWorkspaces'),
    maxOrders: get('maxOrders'),
    workspaceTtlMs: millisecondsOf(get('workspaceTtl')),
    sandboxHeaders: !get('noSandboxHeaders'),
    log: get('log'),
    mode: get('mode'),
    dialect: dialectOf({ switches: get('switches'), rules: get('rules') }, get('profile')),
    stores: [sandboxStore, ...everyStore(layers)],
    addressFile: get('addressFile'),
    sources,
  };
}

/** What the commands that call a server are started with. */
export interface ClientConfig {
  readonly hashKey: string;
  readonly url: string | undefined;
  readonly headers: readonly string[];
}

/** Reads the settings of a command that calls a server. Throws `ConfigError`. */
export function readClientConfig(flags: Flags, environment: NodeJS.ProcessEnv): ClientConfig {
  checkVariables(environment, () => {});
  const layers = [flagLayer(flags), variableLayer(environment)];
  return {
    hashKey: strongest(layers, 'hashKey')?.value ?? sandboxStore.hashKey,
    url: strongest(layers, 'url')?.value,
    headers: (strongest(layers, 'headers')?.value as readonly string[] | undefined) ?? [],
  };
}

/** The places where settings are made, the strongest first. */
function layersOf(flags: Flags, environment: NodeJS.ProcessEnv): readonly Layer[] {
  const named = [flagLayer(flags), variableLayer(environment)];
  const files = [strongest(named, 'config'), strongest(named, 'defaults')];
  return [...named, ...files.flatMap((file) => (file ? fileLayer(file.value, file.source) : []))];
}

/** What the strongest layer that sets a setting sets. */
function strongest<N extends SettingName>(
  layers: readonly Layer[],
  name: N,
): { value: SetValue<N>; source: string } | undefined {
  const setting = settingNamed(name);
  for (const layer of layers) {
    const found = layer(setting);
    if (found) return found as { value: SetValue<N>; source: string };
  }
  return undefined;
}

/**
 * The directory of the store, or `undefined` for memory. The strongest layer that says anything of the store
 * decides: `--memory` beats SANDBOX_DATA, `--data` beats SANDBOX_STORE.
 */
function directoryOf(layers: readonly Layer[]): string | undefined {
  let mayBeMemory = true;
  for (const layer of layers) {
    const store = layer(settingNamed('store'));
    const memory = layer(settingNamed('memory'));
    const data = layer(settingNamed('data'));
    if (memory?.value && data) {
      throw new ConfigError(
        `${memory.source} keeps nothing, ${data.source} names a directory: give one of them`,
      );
    }
    if (mayBeMemory && (store || memory?.value)) return undefined;
    if (data) return data.value as string;
    // `memory: false` of a file takes back what a weaker file says.
    if (memory) mayBeMemory = false;
  }
  return settingNamed('data').default as string;
}

/** Stores of all layers together, those of the weakest first. */
const everyStore = (layers: readonly Layer[]): readonly Store[] =>
  layers.toReversed().flatMap((layer) => (layer(settingNamed('stores'))?.value ?? []) as readonly Store[]);
