/** Code that is loaded when it is first used. */

/**
 * A module that is not there yet.
 *
 * Each caller imports for itself until it is there: a promise that requests shared would hang in hosts that keep them
 * apart, and an import that has failed is tried again.
 */
export class Late<T> {
  readonly #load: () => Promise<T>
  /** The module, once it is there. */
  now: T | undefined

  constructor(load: () => Promise<T>) {
    this.#load = load
  }

  /** Resolves to the module. */
  async load(): Promise<T> {
    return (this.now ??= await this.#load())
  }
}
