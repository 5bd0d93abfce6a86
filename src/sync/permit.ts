/** A permit in somebody's hands. */

/** What `semaphore.acquire()` gives: for `using`. Giving back again does nothing. */
export class Permit implements Disposable {
  /** How many of the semaphore's permits it stands for. */
  readonly weight: number
  #giveBack: (() => void) | undefined

  /** @internal */
  constructor(weight: number, giveBack: () => void) {
    this.weight = weight
    this.#giveBack = giveBack
  }

  /** Gives it back before the block ends. */
  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
