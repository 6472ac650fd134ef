import type { z } from 'zod';
import { formats } from '../app/certification/formats/formats.js';
import { sandboxStore } from '../app/credentials.js';
import { WEBHOOK_SECRET } from '../app/webhooks/signature.js';
import { DEFAULT_WORKSPACE } from '../app/world.js';
import { languages } from '../contract/error-table.js';
import { checkLevels } from '../steering/checklist.js';
import { modes } from '../steering/words.js';
import { profile, rules, switches } from './dialect.js';
import { basePath, hostNames, limit, oneOf, port, span, switchedOn, text, token } from './schemas.js';
import { store, withoutCredentials } from './store-url.js';
import { stores } from './stores.js';

/** One setting: everything that parser, help, precedence and documentation know of it. */
export interface Setting {
  /** How the program names it. */
  readonly name: string;
  readonly flag?: string;
  /** How the help names the flag's value; a flag without one is a switch. */
  readonly value?: string;
  readonly variable?: string;
  /** Its key in a configuration file. */
  readonly key?: string;
  /** The values it accepts, as a file has them and as the text of a flag or variable. */
  readonly schema: z.ZodType;
  /** For flags that may be repeated; the schema is that of one value. */
  readonly isList?: true;
  /** The flag and the variable hold JSON. */
  readonly isJson?: true;
  /** No message shows its value. */
  readonly isSecret?: true;
  /** How a message shows a value that may hold a secret. */
  readonly show?: (given: unknown) => unknown;
  readonly default?: unknown;
  /** One line, with the unit where there is one, without the default. */
  readonly help: string;
}

/** What the server is started with. A new setting is one row here and its use. */
export const settings = [
  {
    name: 'port',
    flag: 'port',
    value: 'PORT',
    variable: 'PORT',
    key: 'port',
    schema: port,
    default: 4232,
    help: 'TCP port to listen on, 0 for any free one',
  },
  {
    name: 'host',
    flag: 'host',
    value: 'HOST',
    variable: 'HOST',
    key: 'host',
    schema: text,
    default: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 for every',
  },
  {
    name: 'data',
    flag: 'data',
    value: 'DIR',
    variable: 'SANDBOX_DATA',
    key: 'data',
    schema: text,
    default: './data',
    help: 'directory that keeps the orders',
  },
  {
    name: 'memory',
    flag: 'memory',
    key: 'memory',
    schema: switchedOn,
    default: false,
    help: 'keep the orders in memory only',
  },
  {
    name: 'store',
    flag: 'store',
    value: 'URL',
    variable: 'SANDBOX_STORE',
    key: 'store',
    schema: store,
    show: withoutCredentials,
    help: 'redis://HOST:PORT/DB for replicas, or memory',
  },
  {
    name: 'control',
    flag: 'control',
    value: 'WHO',
    variable: 'SANDBOX_CONTROL',
    key: 'control',
    schema: oneOf(['open', 'token', 'off']),
    help: 'who may use /_sandbox: open, token or off',
  },
  {
    name: 'controlToken',
    flag: 'control-token',
    value: 'TOKEN',
    variable: 'SANDBOX_CONTROL_TOKEN',
    key: 'controlToken',
    schema: token,
    isSecret: true,
    help: 'the token; ps shows a flag, so set the variable',
  },
  {
    name: 'allowedHosts',
    flag: 'allowed-hosts',
    value: 'A,B',
    variable: 'SANDBOX_ALLOWED_HOSTS',
    key: 'allowedHosts',
    schema: hostNames,
    help: 'further host names for /_sandbox',
  },
  {
    name: 'basePath',
    flag: 'base-path',
    value: 'PATH',
    variable: 'SANDBOX_BASE_PATH',
    key: 'basePath',
    schema: basePath,
    help: 'prefix of a proxy: paths work with and without it',
  },
  {
    name: 'tlsCert',
    flag: 'tls-cert',
    value: 'FILE',
    variable: 'SANDBOX_TLS_CERT',
    key: 'tlsCert',
    schema: text,
    help: 'serve TLS: the certificate and its chain, in PEM',
  },
  {
    name: 'tlsKey',
    flag: 'tls-key',
    value: 'FILE',
    variable: 'SANDBOX_TLS_KEY',
    key: 'tlsKey',
    schema: text,
    help: 'the private key of the certificate, in PEM',
  },
  {
    name: 'tlsClientCa',
    flag: 'tls-client-ca',
    value: 'FILE',
    variable: 'SANDBOX_TLS_CLIENT_CA',
    key: 'tlsClientCa',
    schema: text,
    help: 'take only clients whose certificate it issued',
  },
  {
    name: 'scenarios',
    flag: 'scenarios',
    value: 'DIR',
    variable: 'SANDBOX_SCENARIOS',
    key: 'scenarios',
    schema: text,
    help: 'your own scenario files, beside the built-in ones',
  },
  {
    name: 'scenario',
    flag: 'scenario',
    value: 'NAME',
    variable: 'SANDBOX_SCENARIO',
    key: 'scenario',
    schema: text,
    help: 'default scenario of every workspace',
  },
  {
    name: 'checklists',
    flag: 'checklists',
    value: 'DIR',
    variable: 'SANDBOX_CHECKLISTS',
    key: 'checklists',
    schema: text,
    help: 'your own checklists, beside the built-in one',
  },
  {
    name: 'orders',
    flag: 'orders',
    value: 'FILE',
    variable: 'SANDBOX_ORDERS',
    key: 'orders',
    schema: text,
    help: 'orders of every workspace: YAML, JSON or CSV',
  },
  {
    name: 'mode',
    flag: 'mode',
    value: 'MODE',
    variable: 'SANDBOX_MODE',
    key: 'mode',
    schema: oneOf(modes),
    default: 'lenient',
    help: 'headers, signature: lenient, strict or off',
  },
  {
    name: 'profile',
    flag: 'profile',
    value: 'NAME',
    variable: 'SANDBOX_PROFILE',
    key: 'profile',
    schema: profile,
    default: 'specification',
    help: 'alternative readings by name',
  },
  {
    name: 'switches',
    key: 'switches',
    schema: switches,
    help: 'the alternative taken for single readings, over the profile',
  },
  {
    name: 'rules',
    key: 'rules',
    schema: rules,
    help: 'another result code and HTTP status for single rules, over the profile',
  },
  {
    name: 'stores',
    variable: 'SANDBOX_STORES',
    key: 'stores',
    schema: stores,
    isJson: true,
    help: 'further stores with their keys; JSON in the variable',
  },
  {
    name: 'maxWaiting',
    flag: 'max-waiting',
    value: 'CALLS',
    variable: 'SANDBOX_MAX_WAITING',
    key: 'maxWaiting',
    schema: limit,
    default: 10_000,
    help: 'calls that wait: delay, hang, verify, webhook',
  },
  {
    name: 'maxConnections',
    flag: 'max-connections',
    value: 'COUNT',
    variable: 'SANDBOX_MAX_CONNECTIONS',
    key: 'maxConnections',
    schema: limit,
    default: 10_000,
    help: 'connections open at once',
  },
  {
    name: 'maxBodyBytesInFlight',
    flag: 'max-body-bytes-in-flight',
    value: 'BYTES',
    variable: 'SANDBOX_MAX_BODY_BYTES_IN_FLIGHT',
    key: 'maxBodyBytesInFlight',
    schema: limit,
    default: 64 * 1024 * 1024,
    help: 'bytes of bodies in flight',
  },
  {
    name: 'config',
    flag: 'config',
    value: 'FILE',
    variable: 'SANDBOX_CONFIG',
    schema: text,
    help: 'YAML file of settings, switches, rules, stores',
  },
  {
    name: 'defaults',
    variable: 'SANDBOX_DEFAULTS',
    schema: text,
    help: 'such a file, weaker than --config (image defaults)',
  },
  {
    name: 'addressFile',
    variable: 'SANDBOX_ADDRESS_FILE',
    key: 'addressFile',
    schema: text,
    help: 'file for the address served; health reads it',
  },
  {
    name: 'maxWorkspaces',
    flag: 'max-workspaces',
    value: 'N',
    variable: 'SANDBOX_MAX_WORKSPACES',
    key: 'maxWorkspaces',
    schema: limit,
    default: 10_000,
    help: 'how many workspaces there may be',
  },
  {
    name: 'maxOrders',
    flag: 'max-orders',
    value: 'N',
    variable: 'SANDBOX_MAX_ORDERS',
    key: 'maxOrders',
    schema: limit,
    default: 1_000_000,
    help: 'how many orders a workspace may hold',
  },
  {
    name: 'workspaceTtl',
    flag: 'workspace-ttl',
    value: 'SPAN',
    variable: 'SANDBOX_WORKSPACE_TTL',
    key: 'workspaceTtl',
    schema: span,
    default: '7d',
    help: 'a workspace idle for so long is deleted',
  },
  {
    name: 'noSandboxHeaders',
    flag: 'no-sandbox-headers',
    schema: switchedOn,
    default: false,
    help: 'leave X-Sandbox-* headers out of the answers',
  },
  {
    name: 'log',
    flag: 'log',
    value: 'FORM',
    variable: 'SANDBOX_LOG',
    key: 'log',
    schema: oneOf(['text', 'json', 'off']),
    default: 'text',
    help: 'request log on stderr: text, json or off',
  },
] as const satisfies readonly Setting[];

/** What the commands that call a server are started with. */
const clientSettings = [
  {
    name: 'hashKey',
    flag: 'hash-key',
    value: 'KEY',
    variable: 'SANDBOX_HASH_KEY',
    schema: text,
    default: sandboxStore.hashKey,
    help: 'hash key of sign and call',
  },
  {
    name: 'webhookSecret',
    flag: 'webhook-secret',
    value: 'SECRET',
    variable: 'SANDBOX_WEBHOOK_SECRET',
    schema: text,
    default: WEBHOOK_SECRET,
    help: 'secret of verify-webhook',
  },
  {
    name: 'url',
    flag: 'url',
    value: 'URL',
    schema: text,
    help: 'server to ask; call asks http://127.0.0.1:4232 without it',
  },
  {
    name: 'headers',
    flag: 'header',
    value: '"NAME: VALUE"',
    schema: text,
    isList: true,
    help: 'header sent or received; may be repeated',
  },
  {
    name: 'workspace',
    flag: 'workspace',
    value: 'NAME',
    schema: text,
    default: DEFAULT_WORKSPACE,
    help: 'workspace whose client is judged',
  },
  {
    name: 'checklist',
    flag: 'checklist',
    value: 'FILE',
    schema: text,
    default: 'standard',
    help: 'checklist file, or the name of one of the server',
  },
  {
    name: 'format',
    flag: 'format',
    value: 'FORM',
    schema: oneOf(formats),
    default: 'markdown',
    help: 'report: json, junit, ctrf or markdown',
  },
  {
    name: 'failOn',
    flag: 'fail-on',
    value: 'LEVEL',
    schema: oneOf(checkLevels),
    default: 'must',
    help: 'exit 1 or 2 for checks from here: must, should, may',
  },
  {
    name: 'drive',
    flag: 'drive',
    value: 'COMMAND',
    schema: text,
    help: 'run the client against each trouble; {url} is its base',
  },
  {
    name: 'language',
    flag: 'language',
    value: 'TAG',
    schema: oneOf(languages),
    default: 'en',
    help: 'language of the report: en or ko',
  },
] as const satisfies readonly Setting[];

export const allSettings = [...settings, ...clientSettings] as const;

type Row = (typeof allSettings)[number];

export type SettingName = Row['name'];

type RowOf<N extends SettingName> = Extract<Row, { name: N }>;

/** The value of a setting that somebody set. */
export type SetValue<N extends SettingName> = z.output<RowOf<N>['schema']>;

/** The value of a setting, set or not. */
export type Value<N extends SettingName> =
  | SetValue<N>
  | (RowOf<N> extends { default: unknown } ? never : undefined);

export const settingNamed = (name: SettingName): Setting =>
  allSettings.find((setting) => setting.name === name) as Setting;
