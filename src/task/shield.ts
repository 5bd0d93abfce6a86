/** A section that outer cancellation does not reach, and that the scope's exit waits for. */

import { after } from '../base/clock.js'
import { ScopeDisposedError, TimeoutError } from '../base/errors.js'
import { callback, duration, object } from '../base/options.js'
import { Cancellation } from '../lifetime/cancellation.js'
import type { CallNode } from './call.js'
import type { ShieldContext, ShieldOptions } from './options.js'

/** Runs the section; its own timeout aborts its signal, and then exit waits for it no longer than for any body. */
export function shield<T>(
  call: CallNode,
  fn: (context: ShieldContext) => T | PromiseLike<T>,
  options: ShieldOptions = {},
): Promise<T> {
  callback('shield', 'fn', fn)
  const timeout = duration('shield', 'timeout', object('shield', 'options', options).timeout ?? Infinity)
  if (call.isOver) throw new ScopeDisposedError('shield', call.group.settings.scopeName)
  const section = new Cancellation()
  const release = call.hold()
  const unshield = call.group.shield()
  return new Promise((resolve, reject) => {
    const expire = (): void => {
      const error = new TimeoutError('Shield', timeout, call.name)
      section.abort(error)
      reject(error)
      unshield()
    }
    const undo = after(timeout, expire)
    const ended = (): void => {
      undo()
      if (!section.aborted) unshield()
      release()
    }
    run(section, fn).then(
      (value) => {
        ended()
        resolve(value)
      },
      (error: unknown) => {
        ended()
        reject(error)
      },
    )
  })
}

async function run<T>(section: Cancellation, fn: (context: ShieldContext) => T | PromiseLike<T>): Promise<T> {
  return await fn({
    get signal() {
      return section.signal
    },
  })
}
