/** Calls what users hand in, so that nothing they throw, now or later, gets any further than the report. */

/** True for anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  )
}

/** Calls `fn`; what it throws, or what a promise it returns rejects with, goes to `report`. */
export function guard(fn: () => unknown, report: (error: unknown) => void): void {
  try {
    const out = fn()
    if (isThenable(out)) Promise.resolve(out).then(undefined, report)
  } catch (error) {
    report(error)
  }
}
