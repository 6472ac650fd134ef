import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';

type Path = readonly PropertyKey[];

/** What the reader of YAML cannot take, in words of ours: by the code of its own message. */
const mistakes: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias that names no anchor above it',
  BAD_DQ_ESCAPE:
    'an escape that no text in double quotes has: take single quotes, or write \\\\ for a backslash',
  BAD_INDENT: 'an indentation that fits nothing above it, or a bracket above it that is not closed',
  BAD_SCALAR_START: 'a text that starts with a reserved character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line: put the value in quotes, or start a new line',
  BLOCK_IN_FLOW: 'a block inside { } or [ ]: write it on lines of its own',
  DUPLICATE_KEY: 'a key that stands twice: keep one of them',
  MISSING_CHAR: 'a mark that is missing: a quote, a comma or a bracket that closes what stands before it',
  MULTILINE_IMPLICIT_KEY: 'a line without ": " where a key and its value are expected',
  MULTIPLE_DOCS: 'a second document after ---: keep one in a file',
  TAB_AS_INDENT: 'a tab that indents a line: take spaces',
  UNEXPECTED_TOKEN: 'a mark that is not expected here',
};

/** YAML text whose every value is known by its line and column. */
export class YamlSource {
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  readonly #text: string;

  /** `exact`: every value stays the text that stands there, so that no number is rounded. */
  constructor(text: string, { exact = false } = {}) {
    this.#text = text;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      ...(exact && { schema: 'failsafe' as const }),
    });
  }

  /** Where the text is not YAML, and why; nothing where it is. */
  get mistake(): { readonly place: string; readonly reason: string } | undefined {
    const [error] = this.#document.errors;
    if (!error) return this.#bomb();
    const [from] = error.pos;
    const near = this.#text.slice(from).split('\n', 1)[0]?.trim() ?? '';
    const found = near === '' ? '' : `, at ${JSON.stringify(near.slice(0, 40))}`;
    return {
      place: this.#placeOf(from),
      reason: `this is not YAML: ${mistakes[error.code] ?? 'it cannot be read from here'}${found}`,
    };
  }

  /** Aliases of aliases can stand for more than a memory holds: the reader then gives up. */
  #bomb(): { readonly place: string; readonly reason: string } | undefined {
    try {
      this.#document.toJS();
      return undefined;
    } catch {
      let stray: number | undefined;
      visit(this.#document, {
        Alias: (_, alias) => {
          if (stray === undefined && !alias.resolve(this.#document)) stray = alias.range?.[0];
        },
      });
      return stray === undefined
        ? { place: '1:1', reason: 'its aliases (*) stand for too much: write out what they stand for' }
        : { place: this.#placeOf(stray), reason: `this is not YAML: ${mistakes.BAD_ALIAS}` };
    }
  }

  get value(): unknown {
    return this.#document.toJS();
  }

  /** Whether a value of a text that was read exactly stands for nothing. */
  isNull(path: Path): boolean {
    const node = this.#document.getIn(path, true);
    return isScalar(node) && node.type === 'PLAIN' && /^(~|null|Null|NULL|)$/.test(node.source ?? '');
  }

  /** `LINE:COLUMN` of the value at a path, or of the nearest thing around it that stands there. */
  place(path: Path): string {
    return this.#placeOf(this.#offsetOf(path));
  }

  /** `LINE:COLUMN` of a key of the map at a path. */
  placeOfKey(path: Path, key: string): string {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find(({ key: one }) => isScalar(one) && String(one.value) === key)
      : undefined;
    const range = pair && isScalar(pair.key) ? pair.key.range : undefined;
    return range ? this.#placeOf(range[0]) : this.place(path);
  }

  #offsetOf(path: Path): number {
    const node = (path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)) as
      | { range?: readonly number[] | null }
      | undefined;
    if (node?.range) return node.range[0] ?? 0;
    return path.length > 0 ? this.#offsetOf(path.slice(0, -1)) : 0;
  }

  #placeOf(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${line || 1}:${col || 1}`;
  }
}
