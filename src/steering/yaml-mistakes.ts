import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { YamlSource } from './yaml-source.js';

/** The first thing in a file that its schema, parsed with `accepts`, does not take. `whole` names what the file is. */
export function mistakeIn(
  error: z.ZodError,
  source: YamlSource,
  whole: string,
): { readonly place: string; readonly reason: string } {
  // A misspelt key is the reason why the right one is missing, so it comes first.
  const issues = error.issues.map(innermost);
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? (issues[0] as Issue);
  const place =
    issue.code === 'unrecognized_keys'
      ? source.placeOfKey(issue.path, issue.keys[0] ?? '')
      : source.place(issue.path);
  return { place, reason: reasonOf(issue, source.value, whole) };
}

type Issue = z.core.$ZodIssue;

/** Of a value that may be of several kinds, the mistake inside the kind that it is most like. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().find(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  return inner ? innermost({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'keys with values',
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
};

/** What would be accepted, where the schema itself does not say it. */
export function accepts(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.join(', ');
    case 'too_small':
      if (issue.origin === 'string') return 'a text that is not empty';
      return issue.origin === 'array'
        ? 'a list that is not empty'
        : `a whole number, ${issue.minimum} or more`;
    case 'too_big':
      return `a number of at most ${issue.maximum}`;
    case 'invalid_union':
      return issue.errors.map(([first]: Issue[]) => first?.message).join(', or ');
    default:
      return 'another value';
  }
}

/** `order.state "CAPTURD" is not accepted, did you mean CAPTURED? accepted: AUTHORIZED, …` */
function reasonOf(issue: Issue, file: unknown, whole: string): string {
  const place = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  const { message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return `${place || whole} has no key ${JSON.stringify(key)}, did you mean ${closest(key, message.split(', '))}? accepted: ${message}`;
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
    file,
  );
  if (issue.code === 'custom' && typeof value === 'object') return place ? `${place}: ${message}` : message;
  if (value === undefined) return `${place || 'the file'} is missing; accepted: ${message}`;
  const nearest =
    issue.code === 'invalid_value' && typeof value === 'string'
      ? `, did you mean ${closest(value, issue.values.map(String))}?`
      : ';';
  return `${place || 'the file'} ${shown(value)} is not accepted${nearest} accepted: ${message}`;
}

/** A value as a message shows it: on one line, and not for pages. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
