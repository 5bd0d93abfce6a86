/** What functions are given that only need to hear of their end. */

/**
 * Gives the signal of what it stands for, which is made when it is first read.
 *
 * A class, since an engine makes a new shape, and keeps it for long, for each object literal that has an accessor.
 */
export class SignalContext {
  readonly #of: { readonly signal: AbortSignal }

  constructor(of: { readonly signal: AbortSignal }) {
    this.#of = of
  }

  get signal(): AbortSignal {
    return this.#of.signal
  }
}
