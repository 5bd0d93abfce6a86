/** Tells listeners when a body is about to start and when it has really ended. */

import { failure } from '../base/result.js'
import type { Call, Layer } from './layer.js'

/** The two listeners a scope can have; what they throw is reported and changes nothing. */
export interface TaskObserver {
  before(call: Call): void
  after(call: Call, durationMs: number, error: Error | undefined): void
}

/** Calls `after` exactly once for each `before`. */
export function hooks(observer: TaskObserver): Layer {
  return (next) => (call, done) => {
    if (call.abortError !== undefined) return done(failure(call.abortError))
    observer.before(call)
    const started = call.host.now()
    next(call, (outcome) => {
      call.whenIdle(() => observer.after(call, call.host.now() - started, outcome[0]))
      done(outcome)
    })
  }
}
