/** Among so few, each is found faster than all are put into a map. */
const FEW = 8;

/** Finds the line or item of a `seq`. */
export function bySeq<T extends { readonly seq: bigint }>(all: readonly T[]): (seq: bigint) => T | undefined {
  if (all.length <= FEW) {
    return (seq) => {
      for (let at = 0; at < all.length; at += 1) if (all[at]?.seq === seq) return all[at];
      return undefined;
    };
  }
  const known = new Map<bigint, T>();
  for (const one of all) known.set(one.seq, one);
  return (seq) => known.get(seq);
}
