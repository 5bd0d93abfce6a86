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

/** Calls `fn`; what it throws is told to the owner, and the answer is then `otherwise`. */
export function attempt<T, D>(
  owner: { report(error: unknown, where: string): void },
  where: string,
  fn: () => T,
  otherwise: D,
): T | D {
  try {
    return fn()
  } catch (error) {
    owner.report(error, where)
    return otherwise
  }
}
