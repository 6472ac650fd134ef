import { type Store, sandboxStore } from '../app/credentials.js';
import { WEBHOOK_SECRET } from '../app/webhooks/signature.js';
import type { Dialect } from '../contract/dialect.js';
import { ConfigError } from './config-error.js';
import { dialectOf } from './dialect.js';
import {
  type Flags,
  fileLayer,
  flagLayer,
  type Layer,
  optionLayer,
  optionNames,
  variableLayer,
} from './layers.js';
import { millisecondsOf } from './schemas.js';
import { type SettingName, type SetValue, settingNamed, type Value } from './settings.js';
import { checkVariables } from './variables.js';

export type LogForm = Value<'log'>;

/** What the server is started with. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Directory of the lowdb store; without it, and without `redis`, everything is kept in memory only. */
  readonly data: string | undefined;
  /** URL of the Redis that several sandboxes share. */
  readonly redis: string | undefined;
  /** Directory of further scenario files. */
  readonly scenarios: string | undefined;
  /** Directory of further checklists. */
  readonly checklists: string | undefined;
  /** File of the orders that every workspace knows. */
  readonly orders: string | undefined;
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
  readonly access: Access;
  /** Every path answers below it too; empty for none. */
  readonly basePath: string;
  /** Files in PEM; without them the server speaks HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly limits: {
    /** Calls that wait for an injected delay. */
    readonly waiting: number;
    readonly connections: number;
    /** Bytes of bodies that the calls in flight hold together. */
    readonly bodyBytes: number;
  };
  /** The server writes the address it serves into this file. */
  readonly addressFile: string | undefined;
  /** Where a setting was made: `--host`, `the variable HOST`; of those left at their defaults, nothing. */
  readonly sources: Readonly<Partial<Record<SettingName, string>>>;
}

/** Who may use the control plane. */
export interface Access {
  /** `undecided`: nobody has chosen, and the server listens beyond this machine. */
  readonly control: 'open' | 'token' | 'off' | 'undecided';
  readonly token: string | undefined;
  /** Further host names that lead to this sandbox, in lower case. */
  readonly allowedHosts: readonly string[];
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
  return configOf(layersOf(flags, environment), settingNamed('data').default as string);
}

/**
 * Reads the settings of a sandbox that a program starts: its options are all there is, neither environment nor file
 * is looked at, and without `data` everything is kept in memory. Throws `ConfigError`.
 */
export const readOptions = (options: object, accepted: readonly string[] = optionNames): Config =>
  configOf([optionLayer(options, accepted)], undefined);

function configOf(layers: readonly Layer[], data: string | undefined): Config {
  const sources: Partial<Record<SettingName, string>> = {};
  const get: Get = (name) => {
    const found = strongest(layers, name);
    if (found) sources[name] = found.source;
    return settled(found, name);
  };
  return {
    port: get('port'),
    host: get('host'),
    ...placeOf(layers, data),
    scenarios: get('scenarios'),
    checklists: get('checklists'),
    orders: get('orders'),
    scenario: get('scenario'),
    maxWorkspaces: get('maxWorkspaces'),
    maxOrders: get('maxOrders'),
    workspaceTtlMs: millisecondsOf(get('workspaceTtl')),
    sandboxHeaders: !get('noSandboxHeaders'),
    log: get('log'),
    mode: get('mode'),
    dialect: dialectOf({ switches: get('switches'), rules: get('rules') }, get('profile')),
    stores: [sandboxStore, ...everyStore(layers)],
    access: accessOf(get, sources),
    basePath: get('basePath') ?? '',
    tls: tlsOf(get, sources),
    limits: {
      waiting: get('maxWaiting'),
      connections: get('maxConnections'),
      bodyBytes: get('maxBodyBytesInFlight'),
    },
    addressFile: get('addressFile'),
    sources,
  };
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/i;

/**
 * Who may use the control plane: as `control` says; else whoever has the token, where there is one; else
 * everybody who can reach a loopback address. Throws `ConfigError` where `control` and the token contradict.
 */
function accessOf(get: Get, sources: Config['sources']): Access {
  const token = get('controlToken');
  const control = get('control');
  if (control === 'token' && token === undefined) {
    throw new ConfigError(
      `${sources.control} is "token", but there is no token: set SANDBOX_CONTROL_TOKEN, or give --control-token TOKEN`,
    );
  }
  if (control === 'open' && token !== undefined) {
    throw new ConfigError(
      `${sources.control} is "open", so nobody would be asked for the token of ${sources.controlToken}: ` +
        'take the token away, or set control to "token"',
    );
  }
  const byDefault = token !== undefined ? 'token' : LOOPBACK.test(get('host')) ? 'open' : 'undecided';
  return { control: control ?? byDefault, token, allowedHosts: get('allowedHosts') ?? [] };
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** The files of TLS, or nothing. Throws `ConfigError` where one is missing. */
function tlsOf(get: Get, sources: Config['sources']): TlsFiles | undefined {
  const cert = get('tlsCert');
  const key = get('tlsKey');
  const clientCa = get('tlsClientCa');
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  const given = sources.tlsCert ?? sources.tlsKey ?? sources.tlsClientCa;
  if (given === undefined) return undefined;
  const missing = [
    ...(cert === undefined ? ['a certificate: set --tls-cert or SANDBOX_TLS_CERT'] : []),
    ...(key === undefined ? ['a private key: set --tls-key or SANDBOX_TLS_KEY'] : []),
  ];
  throw new ConfigError(`${given} is given, and TLS also needs ${missing.join(', and ')}`);
}

/** Where these settings would serve, for a command that asks the server. What else they say is not checked. */
export function readAddress(
  environment: NodeJS.ProcessEnv,
): Pick<Config, 'host' | 'port' | 'addressFile'> & { readonly isTls: boolean } {
  checkVariables(environment, () => {});
  const layers = layersOf({}, environment);
  const get: Get = (name) => settled(strongest(layers, name), name);
  return {
    host: get('host'),
    port: get('port'),
    addressFile: get('addressFile'),
    isTls: get('tlsCert') !== undefined,
  };
}

/** What the commands that call a server are started with. */
export interface ClientConfig {
  readonly hashKey: string;
  readonly webhookSecret: string;
  readonly url: string | undefined;
  readonly headers: readonly string[];
}

/** Reads the settings of a command that calls a server. Throws `ConfigError`. */
export function readClientConfig(flags: Flags, environment: NodeJS.ProcessEnv): ClientConfig {
  checkVariables(environment, () => {});
  const layers = [flagLayer(flags), variableLayer(environment)];
  return {
    hashKey: strongest(layers, 'hashKey')?.value ?? sandboxStore.hashKey,
    webhookSecret: strongest(layers, 'webhookSecret')?.value ?? WEBHOOK_SECRET,
    url: strongest(layers, 'url')?.value,
    headers: (strongest(layers, 'headers')?.value as readonly string[] | undefined) ?? [],
  };
}

/** What `certify` is started with. */
export interface CertifyConfig {
  readonly url: string;
  readonly token: string | undefined;
  readonly workspace: string;
  readonly checklist: string | undefined;
  readonly format: Value<'format'>;
  readonly failOn: Value<'failOn'>;
  readonly language: Value<'language'>;
  readonly drive: string | undefined;
}

/** Reads the settings of a command that judges a client. Throws `ConfigError`. */
export function readCertifyConfig(flags: Flags, environment: NodeJS.ProcessEnv): CertifyConfig {
  checkVariables(environment, () => {});
  const layers = [flagLayer(flags), variableLayer(environment)];
  const get: Get = (name) => settled(strongest(layers, name), name);
  return {
    url: get('url') ?? DEFAULT_URL,
    token: get('controlToken'),
    workspace: get('workspace'),
    checklist: strongest(layers, 'checklist')?.value,
    format: get('format'),
    failOn: get('failOn'),
    language: get('language'),
    drive: get('drive'),
  };
}

/** Where a sandbox with default settings serves. */
const DEFAULT_URL = 'http://127.0.0.1:4232';

/** The places where settings are made, the strongest first. */
function layersOf(flags: Flags, environment: NodeJS.ProcessEnv): readonly Layer[] {
  const named = [flagLayer(flags), variableLayer(environment)];
  const files = [strongest(named, 'config'), strongest(named, 'defaults')];
  return [...named, ...files.flatMap((file) => (file ? fileLayer(file.value, file.source) : []))];
}

/** Gets the value of a setting, set or not. */
type Get = <N extends SettingName>(name: N) => Value<N>;

const settled = <N extends SettingName>(found: { value: SetValue<N> } | undefined, name: N): Value<N> =>
  found ? found.value : (settingNamed(name).default as Value<N>);

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

/** Settings that say where everything is kept. */
const PLACES = ['memory', 'data', 'store'] as const;

/**
 * Where everything is kept. The strongest layer that says anything of it decides, whatever it says: `--memory` beats
 * SANDBOX_DATA, `--data` beats SANDBOX_STORE. Of the two variables SANDBOX_STORE decides. Throws `ConfigError` where
 * flags, options or a file name two places.
 */
function placeOf(layers: readonly Layer[], unsaid: string | undefined): Pick<Config, 'data' | 'redis'> {
  let mayBeMemory = true;
  for (const layer of layers) {
    const [memory, data, store] = PLACES.map((name) => layer(settingNamed(name)));
    const said = [memory?.value ? memory : undefined, data, store].filter((one) => one !== undefined);
    if (said.length > 1 && !said.some(({ source }) => source.endsWith(STORE_VARIABLE))) {
      throw new ConfigError(
        `${said.map(({ source }) => source).join(' and ')} each say where everything is kept: give one of them`,
      );
    }
    if (store && store.value !== 'memory') return { data: undefined, redis: store.value as string };
    if (mayBeMemory && (store || memory?.value)) return { data: undefined, redis: undefined };
    if (data) return { data: data.value as string, redis: undefined };
    // `memory: false` of a file takes back what a weaker file says.
    if (memory) mayBeMemory = false;
  }
  return { data: unsaid, redis: undefined };
}

const STORE_VARIABLE = `the variable ${settingNamed('store').variable}`;

/** Stores of all layers together, those of the weakest first. */
const everyStore = (layers: readonly Layer[]): readonly Store[] =>
  layers.toReversed().flatMap((layer) => (layer(settingNamed('stores'))?.value ?? []) as readonly Store[]);
