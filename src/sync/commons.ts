/**
 * What all channels of one owner share: one abort listener, one count of hand-offs, one source of chance.
 *
 * 1. A channel has a seat only while somebody waits at it: an idle one that is dropped leaves nothing in its owner.
 * 2. Taking and leaving a seat is O(1) and allocates nothing, since a ping-pong does it at every step.
 * 3. Promises alone never let timers run. After a bounded number of operations the next ones report in a later turn
 *    of the event loop; they have taken effect before, like all others.
 */

import { after } from '../base/clock.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { WaitNode, WaitQueue } from './wait-queue.js'

/** How many operations go by before the clock is looked at. */
const stride = 1_024
/** How many there are at most between two turns, should the clock stand still. */
const most = 65_536
/** Milliseconds after which timers get their turn. */
const slice = 16

const all: WeakMap<Lifetime, Commons> = /* @__PURE__ */ new WeakMap()

/** What the channels of this owner share. */
export function commonsOf(owner: Lifetime): Commons {
  let commons = all.get(owner)
  if (commons === undefined) all.set(owner, (commons = new Commons(owner)))
  return commons
}

/** One who is told when the owner is cancelled. */
export interface Seat extends WaitNode<Seat> {
  abort(error: Error): void
}

/** A seat for one whose own class has nothing to do with queues. */
export class SpareSeat extends WaitNode<Seat> implements Seat {
  readonly abort: (error: Error) => void

  constructor(abort: (error: Error) => void) {
    super()
    this.abort = abort
  }
}

/** Made by `commonsOf`. */
export class Commons {
  readonly #owner: Lifetime
  readonly #seats: WaitQueue<Seat> = new WaitQueue()
  #listening = false
  #count = 0
  #since: number | undefined
  #pause: Promise<void> | undefined

  constructor(owner: Lifetime) {
    this.#owner = owner
  }

  /** Lets this one hear of the owner's cancellation. Does nothing if it has a seat. */
  sit(seat: Seat): void {
    if (seat.queue !== undefined) return
    this.#seats.add(seat)
    if (this.#listening) return
    this.#listening = true
    this.#owner.onAbort((error) => {
      for (let heir = this.#seats.shift(); heir !== undefined; heir = this.#seats.shift()) heir.abort(error)
    })
  }

  /** Gives the seat up. Does nothing without one. */
  leave(seat: Seat): void {
    if (seat.queue !== undefined) this.#seats.remove(seat)
  }

  /** Reports what has just happened: at once, or when timers had their turn. */
  report<R>(value: R): Promise<R> {
    const pause = this.pause()
    if (pause !== undefined) return pause.then(() => value)
    return Promise.resolve(value) as Promise<R> // as `then` above types it: whoever sends promises gets them resolved
  }

  /** Counts an operation that had not to wait; its promise must settle after the one returned, if there is one. */
  pause(): Promise<void> | undefined {
    if (this.#pause !== undefined) return this.#pause
    return ++this.#count % stride === 0 ? this.#look() : undefined
  }

  /** A whole number from 0 to below `n`. */
  below(n: number): number {
    return Math.floor(Math.random() * n)
  }

  #look(): Promise<void> | undefined {
    const now = this.#owner.host.now()
    const elapsed = now - (this.#since ??= now)
    if (elapsed < slice && this.#count < most) return undefined
    this.#count = 0
    return (this.#pause = new Promise((resolve) => {
      let deafen: Undo = nothing
      const go = (): void => {
        this.#pause = undefined
        this.#since = this.#owner.host.now()
        disarm()
        deafen()
        resolve()
      }
      const disarm = after(0, go)
      deafen = this.#owner.onAbort(go)
    }))
  }
}
