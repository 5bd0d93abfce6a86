/** What a provider rejects with when its server could not be asked, or answered what makes no sense. */

/** The server failed: `cause` says how. Whether it has done what was asked of it is not known. */
export class ProviderError extends Error {
  override readonly name: string = 'ProviderError'
  readonly _tag: string = 'ProviderError'
  /** The class of the provider, for example `RedisLockProvider`. */
  readonly provider: string
  /** What was asked for, for example `acquire lock`. */
  readonly operation: string
  /** The key it was asked for, where there is one. */
  readonly key: string | undefined

  constructor(provider: string, operation: string, key: string | undefined, cause: unknown) {
    super(`${provider} could not ${operation}${key === undefined ? '' : ` ${shorten(key)}`}: ${reason(cause)}`, {
      cause,
    })
    this.provider = provider
    this.operation = operation
    this.key = key
  }
}

/** Asks a server; whatever it throws, now or later, becomes a `ProviderError` that says who asked for what. */
export async function ask<T>(
  provider: string,
  operation: string,
  key: string | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    throw new ProviderError(provider, operation, key, error)
  }
}

/** A key as a message shows it: quoted, and of bounded length. */
function shorten(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key)
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the client threw what is no error'
  // Node joins the attempts on several addresses in an error without a message of its own.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined
  return cause.message || (first instanceof Error ? first.message : cause.name)
}
