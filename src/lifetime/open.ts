/** What can be asked of an owner that ends. */

import { brokenOff, ScopeDisposedError } from '../base/errors.js'
import type { Lifetime } from './lifetime.js'

/** Throws when the owner is disposed of, or being disposed of; `action` is what it was asked for. */
export function requireOpen(owner: Pick<Lifetime, 'isDisposed' | 'scopeName'>, action: string): void {
  if (owner.isDisposed) throw new ScopeDisposedError(action, owner.scopeName)
}

/** Why something cannot even begin to wait: the owner was cancelled, or the caller's own signal has aborted. */
export function refusalOf(owner: Lifetime, signal: AbortSignal | undefined): Error | undefined {
  return owner.abortError ?? (signal?.aborted ? brokenOff(signal.reason) : undefined)
}
