/**
 * Ends a scope in order when its process is told to end.
 *
 * The first signal lets running work finish, for `timeout`, and then disposes of the scope. The second one disposes of it at
 * once, and gives the signals back: a third one does what the host does with them, which is to kill.
 */

import { duration, flag, object, text, wrongType } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import { endsWithin } from '../lifetime/grace.js'
import type { ScopeCore } from './core.js'
import { dispose, join } from './exit.js'

/** How a scope ends on a signal. */
export interface ShutdownOptions {
  /** Names of the signals. Default: `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly string[]
  /**
   * Milliseconds that running work may still take after the first signal; `Infinity` waits for its end. Default: 8 000, which with
   * a grace period of 2 000 is what container hosts wait before they kill.
   */
  readonly timeout?: number
}

interface Plan {
  readonly signals: readonly string[]
  readonly timeout: number
}

const action = 'create scope'

/** What the option means; `undefined` for nothing. */
export function shutdownPlan(option: boolean | ShutdownOptions | undefined): Plan | undefined {
  if (option === undefined || typeof option === 'boolean')
    return flag(action, 'gracefulShutdown', option) ? plan({}) : undefined
  return plan(object(action, 'gracefulShutdown', option))
}

function plan({ signals = ['SIGINT', 'SIGTERM'], timeout = 8_000 }: ShutdownOptions): Plan {
  if (!Array.isArray(signals)) throw wrongType(action, 'gracefulShutdown.signals', 'a list of signal names', signals)
  for (const signal of signals) text(action, 'gracefulShutdown.signals', signal)
  return { signals, timeout: duration(action, 'gracefulShutdown.timeout', timeout) }
}

/** Listens until the scope has ended. */
export function endOnSignals(core: ScopeCore, { signals, timeout }: Plan): void {
  const { events, name } = core.host
  if (events?.onShutdown === undefined) {
    core.warn(`gracefulShutdown does nothing here: ${name} has no process signals`)
    return
  }
  let unlisten: Undo = nothing
  const end = (): void => {
    // Whoever awaits the disposal gets its errors too; on a signal it may be nobody.
    dispose(core).catch((error: unknown) => core.report(error, 'disposal on a signal'))
  }
  const finish = async (): Promise<void> => {
    await endsWithin(timeout, join(core))
    end()
  }
  unlisten = events.onShutdown(signals, () => {
    if (core.shutdownRequested) {
      unlisten()
      end()
      return
    }
    core.shutdownRequested = true
    void finish()
  })
  core.cleanups.push(unlisten)
}
