/** Random numbers that a seed gives, always the same (mulberry32). */
export class Chance {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min, max) {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  /** True once in so many times. */
  oneIn(times) {
    return this.#next() * times < 1;
  }

  of(values) {
    return values[this.between(0, values.length - 1)];
  }

  /** So many of the values, each once, in a random order. */
  some(count, values) {
    const left = [...values];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(this.between(0, left.length - 1), 1).at(0),
    );
  }
}
