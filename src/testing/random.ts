/** Random numbers that come again: the same seed gives the same numbers in every engine. */

/**
 * Makes a stand-in for `Math.random`, by the Mulberry32 generator. Not for secrets.
 *
 * @example
 * ```ts
 * const next = random(42)
 * const wait = 100 * next() // the same in each run
 * ```
 */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
