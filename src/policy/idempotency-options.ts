/** Under which key a task runs once, and for how long. */

import { duration, flag, object, text, wrongType } from '../base/options.js'

/** @internal */
export const action = 'start task'

/** Under which key a task runs once. */
export interface IdempotencyOptions {
  /** The key, or a function that makes it when the task starts. */
  readonly key: string | (() => string)
  /** Milliseconds its value is kept. Default: the scope's `idempotency.defaultTTL`, else for ever. */
  readonly ttl?: number
  /** Waits for a run of the same key that is in progress, instead of failing at once. Default: false. */
  readonly wait?: boolean
}

/** Throws for the first option that is wrong. */
export function check(options: IdempotencyOptions): IdempotencyOptions {
  const { key, ttl, wait } = object(action, 'idempotency', options)
  if (typeof key === 'string') text(action, 'idempotency.key', key)
  else if (typeof key !== 'function') throw wrongType(action, 'idempotency.key', 'a string or a function', key)
  if (ttl !== undefined) duration(action, 'idempotency.ttl', ttl)
  flag(action, 'idempotency.wait', wait)
  return options
}
