/** Tells listeners when a body is about to start and when it has really ended. */

import type { Call, Layer } from './layer.js'

/** The two listeners a scope can have; what they throw is reported and changes nothing. */
export interface TaskObserver {
  before(call: Call): void
  after(call: Call, durationMs: number, error: Error | undefined): void
}

/** Calls `after` exactly once for each `before`. */
export function hooks(observer: TaskObserver): Layer {
  return (next) => async (call) => {
    if (call.abortError !== undefined) throw call.abortError
    observer.before(call)
    const started = call.host.now()
    let failed: Error | undefined
    try {
      return await next(call)
    } catch (error) {
      failed = error as Error // a step rejects with errors only
      throw error
    } finally {
      const error = failed
      call.whenIdle(() => observer.after(call, call.host.now() - started, error))
    }
  }
}
