/** A binary heap whose items know their place in it, so that any one can leave in O(log n). */

/** What the heap writes into its items: where they are, -1 outside. */
export interface Placed {
  place: number
}

/** Items in order; `before` decides. */
export class Heap<T extends Placed> {
  readonly #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  /** How many there are. */
  get size(): number {
    return this.#items.length
  }

  /** The one before all others. */
  get first(): T | undefined {
    return this.#items[0]
  }

  /** Puts an item in. */
  add(item: T): void {
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  /** Takes an item out; does nothing if it is not in. */
  remove(item: T): void {
    const { place } = item
    if (place < 0) return
    item.place = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    this.#up(last, place)
    this.#down(last, last.place)
  }

  #up(item: T, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#items[above]
      if (parent === undefined || !this.#before(item, parent)) break
      this.#put(parent, place)
      place = above
    }
    this.#put(item, place)
  }

  #down(item: T, from: number): void {
    let place = from
    for (;;) {
      let below = 2 * place + 1
      let child = this.#items[below]
      const right = this.#items[below + 1]
      if (child !== undefined && right !== undefined && this.#before(right, child)) {
        child = right
        below++
      }
      if (child === undefined || !this.#before(child, item)) break
      this.#put(child, place)
      place = below
    }
    this.#put(item, place)
  }

  #put(item: T, place: number): void {
    this.#items[place] = item
    item.place = place
  }
}
