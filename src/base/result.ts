/** Results as tuples: `[undefined, value]` or `[error, undefined]`. */

/** A finished operation that has a value. */
export type Success<T> = readonly [error: undefined, value: T]

/** A finished operation that has an error; the error is always truthy. */
export type Failure<E> = readonly [error: E, value: undefined]

/**
 * What a task resolves to: `[undefined, value]` or `[error, undefined]`.
 *
 * @example
 * ```ts
 * const [err, user] = await s.task(() => fetchUser(1))
 * if (err) console.error(err.message)
 * else console.log(user.name)
 * ```
 */
export type Result<E, T> = Success<T> | Failure<E>

/** Makes a success. */
export function success<T>(value: T): Success<T> {
  return [undefined, value]
}

/** Makes a failure. */
export function failure<E>(error: E): Failure<E> {
  return [error, undefined]
}
