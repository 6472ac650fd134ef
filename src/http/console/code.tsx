import { Scroll } from './page.js';

/** A body to read; JSON is set out, numbers and all else stay as they were. */
export const Code = ({ text, label }: { readonly text: string; readonly label: string }) =>
  text === '' ? null : (
    <Scroll label={label}>
      <pre class="code">{setOut(text)}</pre>
    </Scroll>
  );

/** JSON over several lines without touching a digit; any other text as it is. */
export function setOut(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const compact = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
  return compact.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[{}[\],:]/g, (token) => {
    if (token === '{' || token === '[') {
      depth += 1;
      return `${token}\n${'  '.repeat(depth)}`;
    }
    if (token === '}' || token === ']') {
      depth -= 1;
      return `\n${'  '.repeat(depth)}${token}`;
    }
    if (token === ',') return `,\n${'  '.repeat(depth)}`;
    return token === ':' ? ': ' : token;
  });
}
