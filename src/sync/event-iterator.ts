/** Iterates over events: whoever tells them cannot be made to wait, so that too many are missed by rule. */

import { integer, object, oneOf } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { broadcast } from './broadcast.js'
import type { Subscription } from './subscription.js'

/** How events wait to be read. */
export interface EventsOptions<E> {
  /** How many wait at most; a positive integer or `Infinity`. Default: `Infinity`, with a warning at 10 000. */
  readonly capacity?: number
  /** Which event is missed when they are too many; `lag` tells the reader by a `BroadcastLaggedError`. Default: `drop-oldest`. */
  readonly backpressure?: 'drop-oldest' | 'drop-latest' | 'lag'
  /** Called once for each event that is missed by `drop-oldest` or `drop-latest`. */
  readonly onDrop?: ((event: E) => void) | undefined
}

/** Made by `eventsOf` and by `events` of an emitter. Leaving the loop, and the owner's end, end the registration. */
export class EventIterator<E> implements AsyncIterableIterator<E, undefined>, AsyncDisposable {
  readonly #events: Subscription<E>
  #stop: Undo

  /** `start` has what it is given called at each event, until its undo. @internal */
  constructor(owner: Lifetime, options: EventsOptions<E>, start: (hear: (event: E) => void) => Undo) {
    const action = 'iterate over events'
    const { capacity = Infinity, backpressure = 'drop-oldest', onDrop } = object(action, 'options', options)
    integer(action, 'capacity', capacity, 1, true)
    oneOf(action, 'backpressure', backpressure, ['drop-oldest', 'drop-latest', 'lag'])
    const source = broadcast<E>(owner, { capacity, backpressure, onDrop })
    this.#events = source.subscribe()
    this.#stop = nothing
    if (owner.aborted) return
    // A cancelled owner refuses the event, and tells the reader itself.
    const unlisten = start((event) => void source.send(event).then(nothing, nothing))
    const forget = owner.onAbort(() => this.#end())
    this.#stop = () => {
      unlisten()
      forget()
    }
  }

  /** How many events wait to be read. */
  get size(): number {
    return this.#events.size
  }

  /** The next event. Rejects with the reason when the owner is cancelled, and once with `BroadcastLaggedError` after `lag`. */
  next(): Promise<IteratorResult<E, undefined>> {
    return this.#events.next()
  }

  /** Ends the registration; reads that wait get the end. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#end()
    return this.#events.return()
  }

  /** The same as `return`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  #end(): void {
    const stop = this.#stop
    this.#stop = nothing
    stop()
  }
}
