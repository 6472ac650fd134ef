import type { JournalEntry } from '../../app/journal.js';

/** Headers that curl writes itself, or that belonged to the way and not to the call. */
const LEFT_OUT =
  /^(host|connection|content-length|user-agent|accept-encoding|transfer-encoding|expect|cookie|authorization|sec-.*|x-forwarded-.*)$/;

/** Headers whose values are masked: each is a variable of the shell instead. */
const VARIABLES: Readonly<Record<string, string>> = {
  'x-access-key': '$access_key',
  'x-ebp-signature': '$signature',
};

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A recorded call as commands of a shell: what is masked in the journal stands in variables. */
export function asCurl({ request, refusals }: JournalEntry, server: string): string {
  const { method, path, headers, body } = request;
  const lines = [`sandbox=${quoted(server)}`];
  if (headers['x-access-key'] !== undefined) lines.push('access_key=sandbox-access-key');
  lines.push(`body=${quoted(body)}`);
  if (headers['x-ebp-signature'] !== undefined) {
    const wrong = refusals.find((refusal) => refusal.rule === 'signature.valid');
    lines.push('hash_key=sandbox-hash-key');
    lines.push(`signature=$(printf '%s%s' "$body" "$hash_key" | sha256sum | cut -d ' ' -f 1)`);
    // Signed anew, the call would be accepted; it is to be refused as it was.
    if (wrong)
      lines.push(`signature=${quoted(wrong.facts.received)} # as it came: without this line, the right one`);
  }
  const command = [`curl -sS -i -X ${method} "$sandbox"${quoted(path)}`];
  for (const [name, value] of Object.entries(headers)) {
    if (LEFT_OUT.test(name)) continue;
    const variable = VARIABLES[name];
    command.push(`-H ${variable ? `"${name}: ${variable}"` : quoted(`${name}: ${value}`)}`);
  }
  command.push('--data-binary "$body"');
  return [...lines, command.join(' \\\n  ')].join('\n');
}
