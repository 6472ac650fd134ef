/** Characters that nobody sees or that change how their neighbours are shown: controls, formats, fillers, spaces. */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u007f-\u009f]/gu;

/** A combining mark that would sit on the quote before it, or on a space. */
const LOOSE_MARK = /(?<=["\s])\p{M}/gu;

const escapeOf = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

const LONGEST = 64;

/** Stands where a text was cut: the mask knows by it that the beginning of a secret may stand before it. */
export const CUT = '…';

/** A text of at most so many characters, and a mark where more followed. */
export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest)}${CUT}` : text;

/** A caller's own string, quoted, cut to what a person reads, and with an escape for all that cannot be seen. */
export function shortened(text: string): string {
  return quoted(cut(text, LONGEST));
}

const quoted = (text: string): string =>
  JSON.stringify(text)
    .replace(UNSEEN, (character) => (character === ' ' ? character : escapeOf(character)))
    .replace(LOOSE_MARK, escapeOf);

/** Before the place where two strings part, so many characters are shown. */
const CONTEXT = 8;

/** Two strings that differ, each quoted so that the difference can be seen, however late it comes. */
export function shortenedPair(one: string, other: string): readonly [string, string] {
  const pair = [shortened(one), shortened(other)] as const;
  if (pair[0] !== pair[1]) return pair;
  let same = 0;
  while (one[same] === other[same]) same += 1;
  const from = Math.max(0, same - CONTEXT);
  return [shortened(`…${one.slice(from)}`), shortened(`…${other.slice(from)}`)];
}

/** Whether two strings look alike and are the same text to Unicode, one composed and one decomposed. */
export const differOnlyByNormalization = (one: string, other: string): boolean =>
  one !== other && one.normalize('NFC') === other.normalize('NFC');

/** `NFC`, `NFD`, or `no normal form`. */
export function normalizationOf(text: string): string {
  if (text.normalize('NFC') === text) return 'NFC';
  return text.normalize('NFD') === text ? 'NFD' : 'no normal form';
}
