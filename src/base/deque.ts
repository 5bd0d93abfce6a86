/** A queue in a ring of slots that grows and shrinks with what is in it. */

/** The smallest ring; lengths are powers of two, so that places wrap by a mask. */
const smallest = 8

/** First in, first out, both ends in constant time. */
export class Deque<T> {
  #slots: (T | undefined)[] = []
  #head = 0
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** The oldest, left in. Ask `size` first: `undefined` may be a value. */
  get first(): T | undefined {
    return this.#slots[this.#head]
  }

  /** Adds the youngest. */
  push(value: T): void {
    if (this.#size === this.#slots.length) this.#resize(Math.max(smallest, this.#size * 2))
    this.#slots[(this.#head + this.#size++) & (this.#slots.length - 1)] = value
  }

  /** Takes the oldest out. Ask `size` first: `undefined` may be a value. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const value = this.#slots[this.#head]
    this.#slots[this.#head] = undefined // nothing that was taken out is kept alive
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#size--
    const { length } = this.#slots
    if (length > smallest && this.#size < length >> 2) this.#resize(length >> 1)
    return value
  }

  /** Takes everything out. */
  clear(): void {
    this.#slots = []
    this.#head = this.#size = 0
  }

  /** From the oldest to the youngest; nothing may be added or taken meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#at(i)
  }

  #at(index: number): T {
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)] as T // index < size: the slot is filled
  }

  #resize(length: number): void {
    const slots: (T | undefined)[] = new Array(length)
    for (let i = 0; i < this.#size; i++) slots[i] = this.#at(i)
    this.#slots = slots
    this.#head = 0
  }
}
