/**
 * Those who wait for a resource, in order of arrival.
 *
 * 1. Every waiter leaves the queue once, in the turn of its cause: served, timed out, aborted, or the pool ended.
 * 2. All wait equally long, so that the head is the next to time out and one timer serves the queue.
 * 3. Leaving from anywhere is O(1); an empty queue has no timer.
 */

import { Alarm } from '../base/alarm.js'
import { markCancelled, toError } from '../base/errors.js'
import { listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Runtime } from '../runtime.js'

interface Waiter<M> {
  readonly accept: (member: M) => void
  readonly reject: (error: Error) => void
  readonly deadline: number
  ignore: Undo
  previous: Waiter<M> | undefined
  next: Waiter<M> | undefined
}

/** A queue of calls that want an `M`. */
export class PoolWaiters<M> {
  #first: Waiter<M> | undefined
  #last: Waiter<M> | undefined
  #size = 0
  readonly #host: Runtime
  readonly #timeout: number
  readonly #late: () => Error
  readonly #alarm: Alarm

  /** `late` makes the error of one that waited for `timeout` milliseconds. */
  constructor(host: Runtime, timeout: number, late: () => Error) {
    this.#host = host
    this.#timeout = timeout
    this.#late = late
    this.#alarm = new Alarm(host, (now) => this.#expire(now))
  }

  /** How many wait. */
  get size(): number {
    return this.#size
  }

  /** Joins the end of the queue. `accept` is called in the turn the resource is there. */
  join<R>(wrap: (member: M) => R, signal: AbortSignal | undefined): Promise<R> {
    return new Promise((resolve, reject) => {
      const accept = (member: M): void => resolve(wrap(member))
      const endless = this.#timeout === Infinity
      const deadline = endless ? this.#timeout : this.#host.now() + this.#timeout
      const waiter: Waiter<M> = { accept, reject, deadline, ignore: nothing, previous: this.#last, next: undefined }
      if (this.#last === undefined) this.#first = waiter
      else this.#last.next = waiter
      this.#last = waiter
      this.#size++
      this.#alarm.sooner(deadline)
      if (signal === undefined) return
      waiter.ignore = listen(signal, (reason) => {
        this.#leave(waiter)
        reject(markCancelled(toError(reason)))
      })
    })
  }

  /** Gives the resource to the oldest; there must be one. */
  serve(member: M): void {
    this.#shift()?.accept(member)
  }

  /** Fails the oldest; false if nobody waits. */
  rejectFirst(error: Error): boolean {
    const waiter = this.#shift()
    waiter?.reject(error)
    return waiter !== undefined
  }

  /** Fails everybody. */
  rejectAll(error: Error): void {
    while (this.rejectFirst(error)) {}
  }

  #expire(now: number): void {
    while (this.#first !== undefined && this.#first.deadline <= now) this.rejectFirst(this.#late())
  }

  #shift(): Waiter<M> | undefined {
    const waiter = this.#first
    if (waiter !== undefined) this.#leave(waiter)
    return waiter
  }

  #leave(waiter: Waiter<M>): void {
    const { previous, next } = waiter
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    this.#size--
    waiter.ignore()
    this.#alarm.set(this.#first?.deadline ?? Infinity)
  }
}
