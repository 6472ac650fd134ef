/** A fenced block of a Markdown file. */
export interface Block {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

export const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(FENCED)].map(({ 1: kind = '', 2: text = '', index }) => ({
    kind,
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));

export const withoutBlocks = (markdown: string) => markdown.replace(FENCED, '');

export const linksOf = (markdown: string): readonly string[] =>
  [...withoutBlocks(markdown).matchAll(/\]\(([^)]*)\)/g)].map(([, target = '']) => target);

/** The anchors of the headings, as GitHub builds them. */
export const anchorsOf = (markdown: string): readonly string[] =>
  [...withoutBlocks(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
