/** Something that falls due; of what falls due at the same time, the lower rank comes first. */
export interface Due {
  readonly due: bigint;
  readonly rank: number;
}

const isBefore = (one: Due, other: Due): boolean =>
  one.due < other.due || (one.due === other.due && one.rank < other.rank);

/** A heap: what falls due first is at hand, however much waits. */
export class DueQueue<T extends Due> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as T;
      if (!isBefore(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  take(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && isBefore(items[down + 1] as T, items[down] as T)) down += 1;
      const child = items[down] as T;
      if (!isBefore(child, last)) break;
      items[at] = child;
      at = down;
    }
    items[at] = last;
    return first;
  }
}
