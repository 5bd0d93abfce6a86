/** Listeners by channel: a channel is open while somebody listens to it. */
import { guard } from '../../src/base/guard.js'
import type { Undo } from '../../src/base/undo.js'

/** How a client is told to hear of a channel, and not to any more. */
export interface Wire<T> {
  open(channel: string, hear: (message: T) => void): Promise<unknown>
  close(channel: string, hear: (message: T) => void): Promise<unknown>
}

interface Entry<T> {
  readonly fns: Set<{ readonly fn: (message: T) => void }>
  readonly hear: (message: T) => void
  readonly ready: Promise<unknown>
}

/** Opens channels for their first listener, and closes them after the last. */
export class Listeners<T> {
  readonly #entries: Map<string, Entry<T>> = new Map()
  readonly #wire: Wire<T>
  readonly #onError: (error: unknown) => void

  /** `onError` hears of listeners that throw and of channels that cannot be opened or closed. */
  constructor(wire: Wire<T>, onError: (error: unknown) => void = () => {}) {
    this.#wire = wire
    this.#onError = (error) =>
      guard(
        () => onError(error),
        () => {},
      )
  }

  /** Calls `fn` for each message from now on; returns its undo. */
  add(channel: string, fn: (message: T) => void): Undo {
    const entry = this.#entries.get(channel) ?? this.#open(channel)
    const listener = { fn }
    entry.fns.add(listener)
    return () => {
      // Not before it is open: clients would send the two commands in an order of their own.
      if (entry.fns.delete(listener)) entry.ready.then(() => this.#close(channel, entry))
    }
  }

  #open(channel: string): Entry<T> {
    const fns: Entry<T>['fns'] = new Set()
    const hear = (message: T): void => {
      for (const { fn } of fns) guard(() => fn(message), this.#onError)
    }
    const ready = this.#wire.open(channel, hear).catch((error: unknown) => {
      this.#entries.delete(channel) // the next listener tries again
      this.#onError(error)
    })
    const entry: Entry<T> = { fns, hear, ready }
    this.#entries.set(channel, entry)
    return entry
  }

  /** Closes the channel unless somebody has begun to listen again. */
  #close(channel: string, entry: Entry<T>): void {
    if (entry.fns.size > 0 || this.#entries.get(channel) !== entry) return
    this.#entries.delete(channel)
    this.#wire.close(channel, entry.hear).catch(this.#onError)
  }
}
