/** Finds what was left behind: listeners on signals, armed timers, scopes that nobody disposed of. */

import type { VirtualClock } from './clock.js'

/** A signal whose listeners are counted. */
export interface TrackedSignal {
  /** Give this to the code under test. */
  readonly signal: AbortSignal
  /** How many `abort` listeners it carries at this moment. */
  readonly listenerCount: number
  /** Aborts the signal. */
  abort(reason?: unknown): void
}

/** What `assertNothingLeft` looks at. */
export interface Remains {
  /** Must have no timer armed. */
  readonly clock?: Pick<VirtualClock, 'pendingTimers'>
  /** Must carry no listener. */
  readonly signals?: readonly Pick<TrackedSignal, 'listenerCount'>[]
  /** Must be disposed of. */
  readonly scopes?: readonly { readonly scopeName: string; readonly isDisposed: boolean }[]
  /** Scopes that may live on, but must have no task and no child. */
  readonly idle?: readonly { readonly scopeName: string; debugTree(options: { readonly tasks: true }): string }[]
}

type Listen = (type: string, listener: unknown, options?: unknown) => void

/** What of a listener's options decides which listener it is, and when it goes. */
interface ListenerOptions {
  readonly capture: boolean
  readonly once: boolean
  readonly signal: AbortSignal | undefined
}

/**
 * Makes a real abort signal that counts its listeners.
 *
 * @example
 * ```ts
 * const tracked = trackSignal()
 * const s = scope({ signal: tracked.signal }) // tracked.listenerCount === 1
 * await s[Symbol.asyncDispose]() // tracked.listenerCount === 0
 * ```
 */
export function trackSignal(): TrackedSignal {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new CountedListeners()
  const add = signal.addEventListener.bind(signal) as Listen // options are handed through as they come
  const remove = signal.removeEventListener.bind(signal) as Listen
  const wrapped: Record<'addEventListener' | 'removeEventListener', Listen> = {
    addEventListener: (type, listener, options) => {
      add(type, listener, options)
      if (type === 'abort') listeners.added(listener, optionsOf(options))
    },
    removeEventListener: (type, listener, options) => {
      remove(type, listener, options)
      if (type === 'abort') listeners.removed(listener, optionsOf(options))
    },
  }
  for (const [name, value] of Object.entries(wrapped)) Object.defineProperty(signal, name, { value })
  return {
    signal,
    get listenerCount() {
      return listeners.size
    },
    abort: (reason) => {
      controller.abort(reason)
      listeners.fired()
    },
  }
}

/** Counts as the platform does: a listener added twice is one listener. */
class CountedListeners {
  /** By capture or not, since that tells two registrations of one listener apart; the value is `once`. */
  readonly #lists: readonly [Map<unknown, boolean>, Map<unknown, boolean>] = [new Map(), new Map()]

  get size(): number {
    return this.#lists[0].size + this.#lists[1].size
  }

  added(listener: unknown, options: ListenerOptions): void {
    const list = this.#list(options)
    if (listener === null || listener === undefined || options.signal?.aborted || list.has(listener)) return
    list.set(listener, options.once)
    options.signal?.addEventListener('abort', () => list.delete(listener))
  }

  removed(listener: unknown, options: ListenerOptions): void {
    this.#list(options).delete(listener)
  }

  /** Those that were to hear it once are gone now. */
  fired(): void {
    for (const list of this.#lists) for (const [listener, once] of list) if (once) list.delete(listener)
  }

  #list(options: ListenerOptions): Map<unknown, boolean> {
    return this.#lists[options.capture ? 1 : 0]
  }
}

function optionsOf(options: unknown): ListenerOptions {
  const given = typeof options === 'object' && options !== null ? (options as Partial<ListenerOptions>) : {} // read leniently
  const { capture = options === true, once = false, signal } = given
  return { capture: Boolean(capture), once: Boolean(once), signal }
}

/**
 * Throws an error that says all that is left behind of what it is given.
 *
 * @example
 * ```ts
 * using clock = virtualTime()
 * const tracked = trackSignal()
 * const s = scope({ signal: tracked.signal, timeout: 1_000 })
 * await s[Symbol.asyncDispose]()
 * assertNothingLeft({ clock, signals: [tracked], scopes: [s] })
 * ```
 */
export function assertNothingLeft({ clock, signals = [], scopes = [], idle = [] }: Remains): void {
  const left: string[] = []
  const timers = clock?.pendingTimers ?? 0
  if (timers > 0) left.push(count(timers, 'armed timer'))
  signals.forEach(({ listenerCount }, index) => {
    if (listenerCount > 0) left.push(`${count(listenerCount, 'abort listener')} on signals[${index}]`)
  })
  for (const { scopeName, isDisposed } of scopes) {
    if (!isDisposed) left.push(`scope ${scopeName}, which is not disposed`)
  }
  for (const s of idle) {
    const tree = s.debugTree({ tasks: true })
    if (tree.includes('\n')) left.push(`work below scope ${s.scopeName}:\n${tree}\n`)
  }
  if (left.length > 0) throw new Error(`Left behind: ${left.join('; ')}`)
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
