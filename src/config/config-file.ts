import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type Dialect, type ProfileName, profiles, specification, switches } from '../contract/dialect.js';
import { isAnswerStatus, type ResultCode, resultCodes } from '../contract/error-table.js';
import type { RefusalRule } from '../contract/refusals.js';
import { rules, ruleTable } from '../contract/rule-table.js';
import { ConfigError } from './settings.js';
import { storesSchema } from './stores-schema.js';

/** Rules that refuse: the answer of any other is not for configuration. */
const refusalRules = rules.filter((rule) => {
  const { resultCode } = ruleTable[rule];
  return resultCode !== null && resultCode !== '0';
}) as RefusalRule[];

const failureCodes = resultCodes.filter((code) => code !== '0') as [ResultCode, ...ResultCode[]];

const STATUS = 'an HTTP status from 200 to 599 that has a body';

const ruleAnswer = z.strictObject({
  resultCode: z.enum(failureCodes, { error: `a result code: ${failureCodes.join(', ')}` }),
  status: z.number({ error: STATUS }).refine(isAnswerStatus, STATUS).optional(),
});

const text = z.string({ error: 'a string in quotes' }).min(1, 'a string that is not empty');

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const profileNames = Object.keys(profiles) as [ProfileName, ...ProfileName[]];

const schema = z.strictObject(
  {
    port: z.int({ error: 'a whole number from 0 to 65535' }).optional(),
    host: text.optional(),
    data: text.optional(),
    memory: z.boolean({ error: 'true or false' }).optional(),
    scenarios: text.optional(),
    scenario: text.optional(),
    log: text.optional(),
    mode: text.optional(),
    profile: oneOf(profileNames).optional(),
    switches: z
      .strictObject({
        lineAmount: oneOf(switches.lineAmount),
        requestId: oneOf(switches.requestId),
        timestampFraction: oneOf(switches.timestampFraction),
        amountForm: oneOf(switches.amountForm),
        errorShape: oneOf(switches.errorShape),
        authStatus: z
          .union([z.string(), z.int()], { error: 'one of 400, 401' })
          .transform(String)
          .pipe(oneOf(switches.authStatus)),
      })
      .partial()
      .optional(),
    rules: z.partialRecord(oneOf(refusalRules as [RefusalRule, ...RefusalRule[]]), ruleAnswer).optional(),
    stores: storesSchema.optional(),
  },
  { error: 'an object' },
);

export type ConfigFile = z.infer<typeof schema>;

/** Reads a configuration file. Throws `ConfigError` with file, place and what would be accepted. */
export function readConfigFile(file: string): ConfigFile {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `the configuration file ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const document = parseDocument(source);
  const [mistake] = document.errors;
  if (mistake) throw new ConfigError(`${file}: ${mistake.message.split('\n')[0]}`);
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  throw new ConfigError(`${file}: ${mistakeIn(issue)}`);
}

const keysAt: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(schema.shape),
  switches: Object.keys(switches),
  rules: refusalRules,
};

function mistakeIn(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.');
  const at = place === '' ? '' : `${place}: `;
  if (issue.code !== 'unrecognized_keys') return `${at}${issue.message}`;
  const [key = ''] = issue.keys;
  const known = keysAt[place];
  return `${at}unknown key ${key}${known ? `, did you mean ${closest(key, known)}? accepted: ${known.join(', ')}` : ''}`;
}

/** How the platform is taken to speak: the profile, over it the switches, over those the rules. */
export function dialectOf(
  { switches: chosen, rules: answers }: Pick<ConfigFile, 'switches' | 'rules'>,
  profile: ProfileName,
): Dialect {
  const base: Dialect = { ...specification, ...profiles[profile] };
  return { ...base, ...chosen, answers: { ...base.answers, ...answers } };
}

/** A profile by its name. Throws `ConfigError`. */
export function profileNamed(name: string): ProfileName {
  const found = profileNames.find((known) => known === name);
  if (found) return found;
  throw new ConfigError(
    `profile ${JSON.stringify(name)} is not accepted; accepted: ${profileNames.join(', ')}`,
  );
}
