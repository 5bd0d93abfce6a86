/** A permit in somebody's hands. */

/** What `semaphore.acquire()` gives: for `using`. Giving back again does nothing. */
export class Permit implements Disposable {
  /** How many of the semaphore's permits it stands for. */
  readonly weight: number
  #from: { release(weight: number): void } | undefined

  /** @internal */
  constructor(weight: number, from: { release(weight: number): void }) {
    this.weight = weight
    this.#from = from
  }

  /** Gives it back before the block ends. */
  release(): void {
    const from = this.#from
    this.#from = undefined
    from?.release(this.weight)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
