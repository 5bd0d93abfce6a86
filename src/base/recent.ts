/** A map that forgets what was used least recently. */

const capacity = 1_000

/** Keeps at most 1 000 entries: to set one again makes it the youngest, and the oldest goes for a new one. */
export class Recent<K, V> extends Map<K, V> {
  readonly #gone: ((value: V) => void) | undefined

  /** `gone` is told the value of an entry that had to go. */
  constructor(gone?: (value: V) => void) {
    super()
    this.#gone = gone
  }

  override set(key: K, value: V): this {
    this.delete(key)
    super.set(key, value)
    if (this.size <= capacity) return this
    for (const [oldest, old] of this) {
      this.delete(oldest)
      this.#gone?.(old)
      break
    }
    return this
  }
}
