/** The errors of debounce and throttle. */

/** A newer call took the place of this one, which nobody needs the answer of any more: counts as cancelled. */
export class SupersededError extends Error {
  override readonly name: string = 'SupersededError'
  readonly _tag: string = 'SupersededError'

  constructor(message: string = 'A newer call has superseded this one') {
    super(message)
  }
}

/** A throttled function was called too early, and the call did not run. */
export class ThrottledError extends Error {
  override readonly name: string = 'ThrottledError'
  readonly _tag: string = 'ThrottledError'
  /** Milliseconds until a call would run, rounded up. */
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super(`Throttled: retry in ${Math.ceil(retryAfter)}ms`)
    this.retryAfter = retryAfter
  }
}
