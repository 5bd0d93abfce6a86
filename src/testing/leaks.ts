/** Tells what is left over: timers, listeners on signals, entries in scopes. */

import type { VirtualClock } from './clock.js'

/** An abort signal that knows how many listen to it. */
export interface TrackedSignal {
  readonly signal: AbortSignal
  /** Listeners on `abort` at this moment. */
  readonly listenerCount: number
  /** Aborts the signal. */
  abort(reason?: unknown): void
}

/**
 * Makes a signal that counts its listeners.
 *
 * @example
 * ```ts
 * const tracked = trackSignal()
 * { await using s = scope({ signal: tracked.signal }) }
 * assertNothingLeft({ signals: [tracked] })
 * ```
 */
export function trackSignal(): TrackedSignal {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Set<unknown>()
  const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void // passes all it gets on
  const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: string, listener: unknown, ...more: unknown[]) => {
        if (type === 'abort') listeners.add(listener)
        add(type, listener, ...more)
      },
    },
    removeEventListener: {
      value: (type: string, listener: unknown, ...more: unknown[]) => {
        if (type === 'abort') listeners.delete(listener)
        remove(type, listener, ...more)
      },
    },
  })
  return {
    signal,
    get listenerCount() {
      return listeners.size
    },
    abort: (reason) => controller.abort(reason),
  }
}

/** Where something might be left. */
export interface LeakCheck {
  /** No timer may be armed. */
  readonly clock?: Pick<VirtualClock, 'pendingTimers'>
  /** None may have a listener. */
  readonly signals?: readonly Pick<TrackedSignal, 'listenerCount'>[]
  /** None may have a child or a live task. */
  readonly scopes?: readonly { debugTree(options: { tasks: true }): string }[]
}

/**
 * Throws an error that says what is left.
 *
 * @throws Error with one line for each thing left over.
 */
export function assertNothingLeft({ clock, signals = [], scopes = [] }: LeakCheck): void {
  const left: string[] = []
  if (clock !== undefined && clock.pendingTimers > 0) left.push(`${clock.pendingTimers} timers are armed`)
  signals.forEach(({ listenerCount }, at) => {
    if (listenerCount > 0) left.push(`signal ${at} has ${listenerCount} listeners`)
  })
  for (const scope of scopes) {
    const [self, ...below] = scope.debugTree({ tasks: true }).split('\n')
    if (below.length > 0) left.push(`${self} still has:\n${below.join('\n')}`)
  }
  if (left.length > 0) throw new Error(`Something is left over:\n${left.join('\n')}`)
}
