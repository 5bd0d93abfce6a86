/** The errors of the library, and the one function that turns any thrown value into an `Error`. */

/** What every error class of the library accepts besides its message. */
export interface ErrorDetails {
  /** The error or value that led to this one. */
  readonly cause?: unknown
}

/** Stands for a thrown or abort value that is not an `Error`; the value itself is its `cause`. */
export class UnknownError extends Error {
  override readonly name: string = 'UnknownError'
  readonly _tag: string = 'UnknownError'
}

/**
 * The library's own reason for a cancellation: a disposed or cancelled scope, a cancelled task.
 *
 * @example
 * ```ts
 * const [err] = await task
 * if (isCancelled(err)) console.debug('nobody wants the answer any more')
 * ```
 */
export class AbortError extends Error {
  override readonly name: string = 'AbortError'
  readonly _tag: string = 'AbortError'
  /** What the error was made with. */
  readonly reason: unknown
  /** Name of the scope that was disposed or cancelled, where there is one. */
  readonly scopeName: string | undefined

  constructor(reason?: unknown, details: ErrorDetails & { readonly scopeName?: string } = {}) {
    const text = typeof reason === 'string' ? reason : 'aborted'
    super(details.scopeName === undefined ? text : `${text}: ${details.scopeName}`, causeOf(details))
    this.reason = reason
    this.scopeName = details.scopeName
  }
}

/** A time limit was reached: of a scope (a cancellation) or of a task, attempt or race (a failure). */
export class TimeoutError extends Error {
  override readonly name: string = 'TimeoutError'
  readonly _tag: string = 'TimeoutError'
  /** The limit in milliseconds. */
  readonly ms: number
  /** What timed out, for example `Task fetch-user`. */
  readonly what: string

  constructor(kind: string, ms: number, name?: string, details: ErrorDetails = {}) {
    super(`${kind} timeout after ${ms}ms${name === undefined ? '' : `: ${name}`}`, causeOf(details))
    this.ms = ms
    this.what = name === undefined ? kind : `${kind} ${name}`
  }
}

/** Something was asked of a scope that is disposed, or being disposed. */
export class ScopeDisposedError extends Error {
  override readonly name: string = 'ScopeDisposedError'
  readonly _tag: string = 'ScopeDisposedError'
  /** Name of the scope. */
  readonly scopeName: string

  constructor(action: string, scopeName: string) {
    super(`Cannot ${action}: scope ${scopeName} is disposed; use it earlier, or one that lives longer`)
    this.scopeName = scopeName
  }
}

/** A call was refused because its circuit breaker is open. */
export class CircuitOpenError extends Error {
  override readonly name: string = 'CircuitOpenError'
  readonly _tag: string = 'CircuitOpenError'
  /** Milliseconds until the breaker lets a probe through. */
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super(`Circuit breaker is open: retry in ${Math.ceil(retryAfter)}ms`)
    this.retryAfter = retryAfter
  }
}

/** Another caller is running the same idempotency key at this moment. */
export class IdempotencyInProgressError extends Error {
  override readonly name: string = 'IdempotencyInProgressError'
  readonly _tag: string = 'IdempotencyInProgressError'
  /** The key that is taken. */
  readonly key: string

  constructor(key: string) {
    super(`Idempotency key ${JSON.stringify(key)} is in progress elsewhere: try again when that run has ended`)
    this.key = key
  }
}

/** A service was provided twice, is unknown, or depends on itself. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError'
  readonly _tag: string = 'ServiceError'
}

/** A channel refused a value because its buffer is full and its strategy is `error`. */
export class ChannelFullError extends Error {
  override readonly name: string = 'ChannelFullError'
  readonly _tag: string = 'ChannelFullError'

  constructor(message: string = 'Channel buffer is full') {
    super(message)
  }
}

/** An error that hid another: `error` is the later one, `suppressed` the one it would have hidden. */
export interface Suppressed extends Error {
  readonly error: unknown
  readonly suppressed: unknown
}

/** Whether an error says "cancelled" or, `false`, "failed": what was said first stands. */
const verdicts: WeakMap<object, boolean> = /* @__PURE__ */ new WeakMap()

/** Remembers that this error says "failed", although the task's own signal carries it as its reason; returns it. */
export function markExpired<E extends Error>(error: E): E {
  verdicts.set(error, false)
  return error
}

/** Remembers that this error says "cancelled", not "failed"; returns it. */
export function markCancelled<E extends Error>(error: E): E {
  if (!verdicts.has(error)) verdicts.set(error, true)
  return error
}

/**
 * Tells a cancellation from a failure: true for the reason of a cancelled or disposed scope, a foreign
 * signal, `task.cancel()`, and for what `errorClass` made of one; false for everything a body threw and for
 * a task's own timeout.
 *
 * @example
 * ```ts
 * const [err] = await s.task(work)
 * if (err && !isCancelled(err)) report(err)
 * ```
 */
export function isCancelled(error: unknown): boolean {
  return error instanceof AbortError || (typeof error === 'object' && error !== null && verdicts.get(error) === true)
}

/** Turns any thrown or abort value into an `Error`: errors by identity, all else as an `UnknownError`. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new UnknownError(textOf(thrown), { cause: thrown })
}

/** The error of what a signal or an owner has ended with this reason. */
export function brokenOff(reason: unknown): Error {
  return markCancelled(toError(reason))
}

/** True for errors of this realm and of others. A hostile proxy is no error. */
export function isError(value: unknown): value is Error {
  try {
    if (value instanceof Error) return true
    const tag = typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : ''
    return tag === '[object Error]' || tag === '[object DOMException]'
  } catch {
    return false
  }
}

/** Joins errors in the order they happened: one as it is, several nested, the latest outermost. */
export function suppress(errors: readonly unknown[]): unknown {
  return errors.reduce((earlier, later) => suppressedError(later, earlier))
}

/** The host's `SuppressedError`, or one of the same shape where the host has none. */
function suppressedError(error: unknown, suppressed: unknown): Suppressed {
  const message = 'An error was suppressed during disposal'
  if (typeof SuppressedError === 'function') return new SuppressedError(error, suppressed, message)
  const made = new Error(message)
  const hidden = { configurable: true, enumerable: false, writable: true }
  return Object.defineProperties(made, {
    name: { ...hidden, value: 'SuppressedError' },
    error: { ...hidden, value: error },
    suppressed: { ...hidden, value: suppressed },
  }) as Suppressed // the three properties that make the shape were just defined
}

/** Error options without a `cause` when none was given, so that `'cause' in error` stays true to it. */
function causeOf(details: ErrorDetails): { cause: unknown } | undefined {
  return 'cause' in details ? { cause: details.cause } : undefined
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}
