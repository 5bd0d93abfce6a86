/** The events of a target as something to iterate over. */

import { object, oneOf, text, wrongType } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { broadcast, type BroadcastOptions } from './broadcast.js'
import type { Subscription } from './subscription.js'

/** An `EventTarget`, whatever host it is of. */
export interface EventTargetLike<E> {
  addEventListener(type: string, listener: (event: E) => void): void
  removeEventListener(type: string, listener: (event: E) => void): void
}

/** Options of `eventsOf`. */
export interface EventsOptions<E> {
  /** How many events wait to be read; an integer or `Infinity`. Default: `Infinity`, with a warning at 10 000. */
  readonly capacity?: number
  /** Which event is missed when they are too many; `lag` tells the reader by a `BroadcastLaggedError`. Default: `drop-oldest`. */
  readonly backpressure?: 'drop-oldest' | 'drop-latest' | 'lag'
  /** Called once for each event that is missed by `drop-oldest` or `drop-latest`. */
  readonly onDrop?: (event: E) => void
}

const action = 'listen to events'

/**
 * Listens to a target at once, and yields its events in order to one loop. Leaving the loop, and the owner's end, take the
 * listener off; reads that wait reject with the reason when the owner is cancelled.
 *
 * A target cannot be told to wait, so that a reader that is too slow misses events as the options say.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * for await (const event of eventsOf(s, new EventTarget(), 'message', { capacity: 100 })) handle(event)
 * ```
 */
export function eventsOf<E>(
  owner: Lifetime,
  target: EventTargetLike<E>,
  type: string,
  options: EventsOptions<E> = {},
): EventStream<E> {
  if (typeof target?.addEventListener !== 'function') throw wrongType(action, 'target', 'an EventTarget', target)
  text(action, 'type', type)
  return new EventStream(owner, target, type, options)
}

/** Made by `eventsOf`. */
export class EventStream<E> implements AsyncIterableIterator<E, undefined>, AsyncDisposable {
  readonly #events: Subscription<E>
  #unlisten: Undo = nothing

  /** Use `eventsOf()`. @internal */
  constructor(owner: Lifetime, target: EventTargetLike<E>, type: string, options: EventsOptions<E>) {
    const { backpressure = 'drop-oldest' } = object(action, 'options', options)
    oneOf(action, 'backpressure', backpressure, ['drop-oldest', 'drop-latest', 'lag'])
    const source = broadcast<E>(owner, { ...options, backpressure } satisfies BroadcastOptions<E>)
    this.#events = source.subscribe()
    // A cancelled owner refuses the event and tells the reader itself.
    const hear = (event: E): void => void source.send(event).then(nothing, nothing)
    target.addEventListener(type, hear)
    const forget = owner.onAbort(() => this.#stop())
    this.#unlisten = () => {
      target.removeEventListener(type, hear)
      forget()
    }
    if (owner.aborted) this.#stop()
  }

  /** How many events wait to be read. */
  get size(): number {
    return this.#events.size
  }

  /** The next event. Rejects with the reason when the owner is cancelled, and once with `BroadcastLaggedError` after `lag`. */
  next(): Promise<IteratorResult<E, undefined>> {
    return this.#events.next()
  }

  /** Listens no more; reads that wait get the end. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#stop()
    return this.#events.return()
  }

  /** Listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  #stop(): void {
    const unlisten = this.#unlisten
    this.#unlisten = nothing
    unlisten()
  }
}
