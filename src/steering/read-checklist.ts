import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { resultCodes } from '../contract/error-table.js';
import { rules } from '../contract/rule-table.js';
import { orderStates } from '../domain/transitions.js';
import { type BuiltIn, type ChecklistFile, checkLevels } from './checklist.js';
import { object, text } from './file-schema.js';
import { accepts, mistakeIn } from './yaml-mistakes.js';
import { YamlSource } from './yaml-source.js';

/** A checklist that cannot be used; the message names file, line, column, the value and what is accepted. */
export class BrokenChecklist extends Error {
  override readonly name = 'BrokenChecklist';
}

const translated = z
  .union([text, object({ en: text, ko: text })])
  .transform((value) => (typeof value === 'string' ? { en: value, ko: value } : value));

const number = z.int().min(0);

const STATE = `a state, or a change such as CAPTURED->REFUNDED; states: ${orderStates.join(', ')}`;

const isOrderState = (value: string): boolean => {
  const states = value.split('->');
  return states.length <= 2 && states.every((name) => orderStates.some((state) => state === name));
};

const check = object({
  id: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a name with a dot, such as lost.asks-first'),
  level: z.enum(checkLevels).optional(),
  title: translated.optional(),
  reason: translated.optional(),
  match: object({
    orderNo: text.optional(),
    operation: z.enum(['cancel', 'detail']).optional(),
    rule: z.enum(rules).optional(),
    resultCode: z.enum(resultCodes).optional(),
    status: z.int().min(100).max(599).optional(),
    orderState: z.string({ error: STATE }).refine(isOrderState, STATE).optional(),
    received: z.enum(['complete', 'part', 'nothing']).optional(),
  }).optional(),
  atLeast: number.optional(),
  atMost: number.optional(),
});

const schemaOf = (limits: readonly string[]) =>
  object({
    version: z.string({ error: 'a text, in quotes where it looks like a number: "2"' }).min(1),
    title: translated,
    extends: z.enum(['standard']).optional(),
    limits: object(Object.fromEntries(limits.map((name) => [name, number.optional()]))).default({}),
    checks: z.array(check).default([]),
  });

/** Reads one checklist. Throws `BrokenChecklist`. */
export function readChecklist(name: string, file: string, yaml: string, builtIn: BuiltIn): ChecklistFile {
  const source = new YamlSource(yaml);
  const broken = (place: string, reason: string) => new BrokenChecklist(`${file}:${place}: ${reason}`);
  if (source.mistake) throw broken(source.mistake.place, source.mistake.reason);
  const result = schemaOf(builtIn.limits).safeParse(source.value, { error: accepts });
  if (!result.success) {
    const { place, reason } = mistakeIn(result.error, source, 'a checklist');
    throw broken(place, reason);
  }
  const { version, title, limits, checks, extends: base } = result.data;
  const isExtended = base !== undefined;
  if (!isExtended && checks.length === 0) {
    throw broken('1:1', 'it has no checks: list some, or write "extends: standard"');
  }
  const seen = new Set<string>();
  const read = checks.map((one, index) => {
    const { id, level, title, reason, match, atLeast, atMost } = one;
    const at = (key: string) => source.place(['checks', index, key]);
    if (seen.has(id))
      throw broken(at('id'), `checks[${index}].id ${JSON.stringify(id)} stands twice: keep one of them`);
    seen.add(id);
    if (builtIn.checks.includes(id)) {
      const own = Object.keys(one).find((key) => key !== 'id' && key !== 'level');
      if (own !== undefined) {
        throw broken(
          at(own),
          `checks[${index}] is the built-in check ${id}, which takes no ${own}: it takes a level, or give your own check another id`,
        );
      }
      return { id, level };
    }
    if (!match) {
      throw broken(
        at('id'),
        `checks[${index}].id ${JSON.stringify(id)} is no built-in check, did you mean ${closest(id, [...builtIn.checks])}? A check of your own has title, match, and atLeast or atMost`,
      );
    }
    if (!title) throw broken(at('id'), `checks[${index}].title is missing: say what the client has to do`);
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
      throw broken(
        at('atLeast'),
        `checks[${index}] wants at least ${atLeast} and at most ${atMost}: no traffic has both`,
      );
    }
    return {
      id,
      level: level ?? 'must',
      title,
      reason: reason ?? title,
      match,
      atLeast: atLeast ?? (atMost === undefined ? 1 : undefined),
      atMost,
    } as const;
  });
  return { name, version, title, isExtended, limits: limits as Record<string, number>, checks: read };
}
