/** A resource that is lent out until its block ends. */

/** What `pool.lease()` gives: for `using` and `await using`. Giving back again does nothing. */
export class Lease<T> implements Disposable, AsyncDisposable {
  /** What was lent. Not to be used once given back. */
  readonly resource: T
  #giveBack: (() => void) | undefined

  /** @internal */
  constructor(resource: T, giveBack: () => void) {
    this.resource = resource
    this.#giveBack = giveBack
  }

  /** Gives the resource back before the block ends. */
  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }
}
