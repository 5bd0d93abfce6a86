/** A time limit on what is inside: its expiry aborts that, and is a failure. */

import { after } from '../base/clock.js'
import { markExpired, TimeoutError } from '../base/errors.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Call, Layer } from './layer.js'

/** Limits a whole task (from its permit on) or one attempt. */
export function deadline(kind: 'Task' | 'Attempt', ms: number): Layer {
  return (next) => (call, done) => {
    const undo = expireAfter(kind, ms, call)
    next(call, (outcome) => {
      undo()
      done(outcome)
    })
  }
}

/** Expires the call `ms` milliseconds from now, 0 at once; the undo, and any abort, take the timer back. */
export function expireAfter(kind: 'Task' | 'Attempt', ms: number, call: Call): Undo {
  const expire = (): void => call.expire(markExpired(new TimeoutError(kind, ms, call.name)))
  if (ms === 0) expire()
  if (call.aborted) return nothing
  call.limitTo(call.host.now() + ms)
  const undo = after(ms, expire)
  const forget = call.onAbort(undo) // in the turn of the abort, which is before the steps inside return
  return () => {
    undo()
    forget()
  }
}
