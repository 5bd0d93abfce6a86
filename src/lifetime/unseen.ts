/** Cancellations whose error nobody may ever look at. */

import { AbortError, markCancelled } from '../base/errors.js'
import type { Aborted } from './cancellation.js'

/**
 * The error is made when somebody looks at it: to capture where it was made costs more than all the rest.
 *
 * @internal
 */
export class Unseen implements Aborted {
  readonly #make: () => Error
  #error: Error | undefined

  constructor(make: () => Error) {
    this.#make = make
  }

  get error(): Error {
    return (this.#error ??= markCancelled(this.#make()))
  }

  get reason(): Error {
    return this.error
  }
}

/** The end of an owner. @internal */
export function ending(owner: { readonly scopeName: string }): Aborted {
  return new Unseen(() => new AbortError('Scope disposed', { scopeName: owner.scopeName }))
}
