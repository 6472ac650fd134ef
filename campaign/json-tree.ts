/** JSON as it is written: numbers by their digits, objects by their pairs, so that a key may come twice. */
export type Tree = string | boolean | null | Digits | Tree[] | Pairs;
export class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export class Pairs {
  readonly list: [key: string, value: Tree][];
  constructor(list: [string, Tree][]) {
    this.list = list;
  }
}

export const treeOf = (value: unknown): Tree => {
  if (typeof value === 'number') return new Digits(String(value));
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value !== 'object' || value === null) return value as string | boolean | null;
  return new Pairs(Object.entries(value).map(([key, one]) => [key, treeOf(one)]));
};

export const write = (tree: Tree): string => {
  if (tree instanceof Digits) return tree.text;
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`;
  if (!(tree instanceof Pairs)) return JSON.stringify(tree);
  return `{${tree.list.map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`).join(',')}}`;
};

/** Where a tree can be changed: each place with a way to write, repeat and remove what is there. */
export interface Place {
  readonly value: Tree;
  set(value: Tree): void;
  repeat(): void;
  remove(): void;
  rename(key: string): void;
}

export function places(tree: Tree, found: Place[] = []): Place[] {
  if (Array.isArray(tree)) {
    for (const [index, value] of tree.entries()) {
      found.push({
        value,
        set: (other) => {
          tree[index] = other;
        },
        repeat: () => void tree.push(value),
        remove: () => void tree.splice(index, 1),
        rename: () => void tree.reverse(),
      });
      places(value, found);
    }
  } else if (tree instanceof Pairs) {
    for (const pair of tree.list) {
      found.push({
        value: pair[1],
        set: (other) => {
          pair[1] = other;
        },
        repeat: () => void tree.list.push([pair[0], pair[1]]),
        remove: () => void tree.list.splice(tree.list.indexOf(pair), 1),
        rename: (key) => {
          pair[0] = key;
        },
      });
      places(pair[1], found);
    }
  }
  return found;
}

/** Arrays and objects in one another, so many deep. */
export const deep = (depth: number): Tree => {
  let tree: Tree = [];
  for (let at = 0; at < depth; at += 1) tree = at % 2 === 0 ? [tree] : new Pairs([['a', tree]]);
  return tree;
};
