/** The errors of providers, and of the locks and reservations they hand out. */

import type { ErrorDetails } from '../base/errors.js'

/** A provider has failed, or has answered what it must not. */
export class ProviderError extends Error {
  override readonly name: string = 'ProviderError'
  readonly _tag: string = 'ProviderError'
  /** Which provider it was, as `persistence` names it. */
  readonly provider: string
  /** What it was asked for. */
  readonly operation: string
  /** Under which key. */
  readonly key: string

  constructor(provider: string, operation: string, key: string, trouble: string, details: ErrorDetails = {}) {
    super(`The ${provider} provider's ${operation} ${trouble}, key ${JSON.stringify(key)}`, details)
    this.provider = provider
    this.operation = operation
    this.key = key
  }
}

/** A lock is no longer held although nobody gave it back: the reason of its `signal`. */
export class LockLostError extends Error {
  override readonly name: string = 'LockLostError'
  readonly _tag: string = 'LockLostError'
  /** The key of the lock. */
  readonly key: string

  constructor(key: string, why: string) {
    super(`Lock ${JSON.stringify(key)} was lost: ${why}`)
    this.key = key
  }
}

/** A task was aborted because the reservation of its idempotency key was lost: another run of the key may have begun. */
export class IdempotencyLostError extends Error {
  override readonly name: string = 'IdempotencyLostError'
  readonly _tag: string = 'IdempotencyLostError'
  /** The key that was reserved. */
  readonly key: string

  constructor(key: string) {
    super(`The reservation of idempotency key ${JSON.stringify(key)} was lost: another run of it may have begun`)
    this.key = key
  }
}

/** The error for a provider that rejected or threw; one that says all this itself is handed on. */
export function providerFailed(provider: string, operation: string, key: string, cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause
  const why = cause instanceof Error ? cause.message : 'with no error'
  return new ProviderError(provider, operation, key, `failed: ${why}`, { cause })
}

/** The error for a provider that answered nonsense. */
export function providerOdd(provider: string, operation: string, key: string, answer: unknown): ProviderError {
  const shown = typeof answer === 'object' && answer !== null ? 'an object it should not' : String(answer)
  return new ProviderError(provider, operation, key, `answered ${shown}`)
}
