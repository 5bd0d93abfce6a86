/** Asks a server, which may be away. */
import { ProviderError } from '../../src/persist/errors-provider.js'

/**
 * Asks, under a key or `*` for all; whatever is thrown, now or later, becomes a `ProviderError` that says who asked for what.
 * Whether the server has done it is not known then.
 */
export async function ask<T>(provider: string, operation: string, key: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn()
  } catch (cause) {
    throw new ProviderError(provider, operation, shorten(key), `failed: ${reason(cause)}`, { cause })
  }
}

/** A key of bounded length, since errors are logged. */
function shorten(key: string): string {
  return key.length > 200 ? `${key.slice(0, 200)}…` : key
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the client threw what is no error'
  // Node joins the attempts on several addresses in an error without a message of its own.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined
  return cause.message || (first instanceof Error ? first.message : cause.name)
}
