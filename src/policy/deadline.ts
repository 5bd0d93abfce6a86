/** A time limit on what is inside: its expiry aborts that, and is a failure. */

import { after } from '../base/clock.js'
import { TimeoutError } from '../base/errors.js'
import type { Layer } from './layer.js'

/** Limits a whole task (from its permit on) or one attempt. */
export function deadline(kind: 'Task' | 'Attempt', ms: number): Layer {
  return (next) => async (call) => {
    const expire = (): void => call.expire(new TimeoutError(kind, ms, call.name))
    if (ms === 0) expire()
    else call.limitTo(call.host.now() + ms)
    const undo = after(call.aborted ? Number.POSITIVE_INFINITY : ms, expire)
    const forget = call.onAbort(undo) // in the turn of the abort, which is before the steps below return
    try {
      return await next(call)
    } finally {
      undo()
      forget()
    }
  }
}
