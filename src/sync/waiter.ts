/**
 * Those who wait at a channel.
 *
 * 1. A waiter that stands in a queue has no outcome yet; whoever decides it takes it out of the queue first. So a waiter
 *    commits once, and nobody has to ask whether it did.
 * 2. A plain operation is its own place in the queue. One that waits at many channels has a place in each, and takes
 *    the others back when one of them commits.
 */

import { brokenOff } from '../base/errors.js'
import { object } from '../base/options.js'
import { optionalSignal, listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import { WaitNode } from './wait-queue.js'

/** Waits for a value. */
export interface Taker<T> extends WaitNode<Taker<T>> {
  /** Gets one. */
  take(value: T): void
  /** Learns that none will come. */
  end(): void
  /** Learns that the wait was broken off. */
  fail(error: Error): void
}

/** Waits to hand over a value. */
export interface Giver<T> extends WaitNode<Giver<T>> {
  /** What it would hand over. */
  readonly value: T
  /** Hands it over. */
  give(): T
  /** Learns that nobody will take it. */
  end(error: Error): void
  /** Learns that the wait was broken off. */
  fail(error: Error): void
}

type Resolve<R> = (value: R) => void
type Reject = (error: Error) => void

// One executor for all promises: a closure for each would cost as much as the promise.
let resolveMade: Resolve<never> = nothing
let rejectMade: Reject = nothing
function capture(resolve: Resolve<never>, reject: Reject): void {
  resolveMade = resolve
  rejectMade = reject
}

/** One who waits, and the promise that reports the outcome. */
export abstract class Promised<N extends WaitNode<N>, R> extends WaitNode<N> {
  readonly promise: Promise<R>
  /** Stops listening to the caller's signal. */
  ignore: Undo | undefined = undefined
  readonly #resolve: Resolve<R>
  readonly #reject: Reject

  constructor() {
    super()
    this.promise = new Promise<R>(capture as (resolve: Resolve<R>, reject: Reject) => void) // it only passes them on
    this.#resolve = resolveMade as Resolve<R> // just captured, from the promise above
    this.#reject = rejectMade
    resolveMade = rejectMade = nothing
  }

  /** Reports the outcome. */
  resolve(value: R): void {
    this.ignore?.()
    this.#resolve(value)
  }

  /** Reports that the wait was broken off. */
  fail(error: Error): void {
    this.ignore?.()
    this.#reject(error)
  }
}

/** A pending `receive()`. */
export class Receiver<T> extends Promised<Taker<T>, T | undefined> implements Taker<T> {
  take(value: T): void {
    this.resolve(value)
  }

  end(): void {
    this.resolve(undefined)
  }
}

/** A pending `next()` of an iteration. */
export class NextReceiver<T> extends Promised<Taker<T>, IteratorResult<T, undefined>> implements Taker<T> {
  /** The one the same iteration asked for before, if that was still waiting. */
  readonly before: NextReceiver<T> | undefined

  constructor(before?: NextReceiver<T>) {
    super()
    this.before = before?.queue === undefined ? undefined : before
  }

  take(value: T): void {
    this.resolve({ value, done: false })
  }

  end(): void {
    this.resolve({ value: undefined, done: true })
  }
}

/** A pending `send()`. */
export class Sender<T> extends Promised<Giver<T>, boolean> implements Giver<T> {
  readonly value: T

  constructor(value: T) {
    super()
    this.value = value
  }

  give(): T {
    this.resolve(true)
    return this.value
  }

  end(error: Error): void {
    this.fail(error)
  }
}

/** Options of an operation that may wait. */
export interface WaitOptions {
  /** Breaks the wait off: the operation rejects with the signal's reason, and has then had no effect. */
  readonly signal?: AbortSignal | undefined
}

/** The signal in the options, checked. */
export function signalOf(action: string, options: WaitOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined
  const { signal } = object(action, 'options', options)
  optionalSignal(action, signal)
  return signal
}

/** Lets a signal break off a wait: `leave` takes the waiter out of its queue. */
export function obey<N extends { ignore: Undo | undefined; fail(error: Error): void }>(
  signal: AbortSignal | undefined,
  waiter: N,
  leave: (waiter: N) => void,
): void {
  if (signal === undefined) return
  waiter.ignore = listen(signal, (reason) => {
    leave(waiter)
    waiter.fail(brokenOff(reason))
  })
}
