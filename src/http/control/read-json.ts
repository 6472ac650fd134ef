import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { parseBody } from '../../contract/body.js';
import { ExactNumber } from '../../contract/json/exact-number.js';
import type { ExactJson } from '../../contract/json/parse-exact.js';
import { cut } from '../../contract/quoted.js';
import { reason } from '../../contract/reasons.js';
import { ProblemError } from '../problem.js';
import { bodyTooLarge } from '../problems.js';
import { readBody } from '../read-body.js';
import type { ControlContext } from './control-call.js';

/** The body of a control-plane call, numbers exact. Throws a 400 or 413 problem. */
export async function readJson({ req, env }: ControlContext): Promise<ExactJson> {
  const { bytes } = await readBody(req.raw, env?.incoming);
  if (!bytes) throw bodyTooLarge();
  const { json, refusal } = parseBody(bytes);
  if (!refusal) return json;
  throw new ProblemError({ status: 400, title: 'Not JSON', detail: reason(refusal, 'en') });
}

/** The value by its schema. Throws a 422 problem that names field, value and what would be accepted. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  // A number on its own is an object here, and must not be looked into as one.
  const result = schema.safeParse(value instanceof ExactNumber ? value.digits : value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A field that does not exist tells more than the one that is missing in its place.
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  const at = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const place = at === '' ? what : `${what}: ${at}`;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const accepted = keysOf(schemaAt(schema, issue.path));
    throw new ProblemError({
      status: 422,
      title: 'Not accepted',
      detail: `${place} has no field ${JSON.stringify(key)}${accepted.length > 0 ? `; accepted: ${accepted.join(', ')}` : ''}`,
      field: at === '' ? key : `${at}.${key}`,
      ...(accepted.length > 0 && { accepted, nearest: closest(key, accepted) }),
    });
  }
  const got = valueAt(value, issue.path);
  const accepted = issue.code === 'invalid_value' ? issue.values.map(String) : undefined;
  throw new ProblemError({
    status: 422,
    title: 'Not accepted',
    detail: `${place} is not accepted: ${issue.message}, got ${shown(got)}`,
    ...(at !== '' && { field: at }),
    ...(accepted && { accepted, nearest: typeof got === 'string' ? closest(got, accepted) : undefined }),
  });
}

/** The schema of the object at a path, where the way leads through plain objects. */
const schemaAt = (schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined =>
  path.reduce<z.ZodType | undefined>((outer, key) => {
    const inner =
      outer && 'shape' in outer ? (outer.shape as Record<PropertyKey, z.ZodType>)[key] : undefined;
    return inner && 'unwrap' in inner ? (inner.unwrap as () => z.ZodType)() : inner;
  }, schema);

const keysOf = (schema: z.ZodType | undefined): string[] =>
  schema && 'shape' in schema ? Object.keys(schema.shape as Record<string, unknown>) : [];

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof ExactNumber) return cut(value.digits, 64);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(typeof value === 'string' ? cut(value, 64) : value);
}
