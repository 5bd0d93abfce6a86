/**
 * Channels derived from channels: `map`, `filter`, `take`.
 *
 * 1. A value leaves the source only when somebody wants one from the target, so that a derived channel that is left
 *    alone has taken nothing.
 * 2. One value at a time is under way, in order. If whoever wanted it has left meanwhile, it waits in the target, above
 *    its capacity if need be.
 */

import { toError } from '../base/errors.js'
import { isThenable } from '../base/guard.js'
import { callback, integer } from '../base/options.js'
import type { ChannelCore } from './channel-core.js'
import { WaitNode } from './wait-queue.js'
import type { Taker } from './waiter.js'

/** What a channel asks of whatever fills it. */
export interface Pump {
  /** Fetches one value, if that can be done at once. */
  prime(): void
  /** Somebody waits: fetches values, now and later. */
  pull(): void
  /** Perhaps nobody waits any more, there is more room, or the target is closed. */
  relax(): void
}

/** Turns one value into any number of values for the target, now or later. */
type Transform<T, R> = (value: T, put: (value: R) => void) => unknown

/** Fills the target with what becomes of the source's values. */
class ChannelPump<T, R> extends WaitNode<Taker<T>> implements Taker<T>, Pump {
  readonly #source: ChannelCore<T>
  readonly #target: ChannelCore<R>
  readonly #transform: Transform<T, R>
  readonly #put: (value: R) => void
  #left: number
  #busy = false

  constructor(source: ChannelCore<T>, target: ChannelCore<R>, transform: Transform<T, R>, count: number = Infinity) {
    super()
    this.#source = source
    this.#target = target
    this.#transform = transform
    this.#put = (value) => target.put(value)
    this.#left = count
  }

  prime(): void {
    this.#fetch(() => this.#target.backlog.size === 0)
  }

  pull(): void {
    const wanted = (): boolean => this.#target.isWanted
    if (this.#fetch(wanted) && wanted()) this.#source.awaitValue(this)
  }

  relax(): void {
    if (!this.#target.isWanted) this.#source.withdrawTaker(this)
  }

  take(value: T): void {
    this.#run(value)
    if (this.#target.isWanted) this.pull()
  }

  end(): void {
    this.#target.close()
  }

  fail(error: Error): void {
    // A cancelled owner tells the target itself, which has the same one.
    if (this.#source.isClosed) this.#target.close(error)
  }

  /** Fetches what is there while it is wanted; true if the rest must be waited for. */
  #fetch(wanted: () => boolean): boolean {
    const source = this.#source
    while (!this.#busy && this.queue === undefined && !this.#target.isClosed && wanted()) {
      if (source.hasValue) this.#run(source.take())
      else if (!source.isEnded) return true
      else this.#target.close(source.refusal)
    }
    return false
  }

  #run(value: T): void {
    this.#left--
    try {
      const done = this.#transform(value, this.#put)
      if (!isThenable(done)) return this.#ran()
      this.#busy = true
      done.then(
        () => {
          this.#busy = false
          this.#ran()
          if (this.#target.isWanted) this.pull()
        },
        (error: unknown) => this.#target.close(toError(error)),
      )
    } catch (error) {
      this.#target.close(toError(error))
    }
  }

  #ran(): void {
    if (this.#left === 0) this.#target.close()
  }
}

/** Fills the target with `fn` of each value. */
export function mapInto<T, R>(
  source: ChannelCore<T>,
  target: ChannelCore<R>,
  fn: (value: T) => R | PromiseLike<R>,
): Pump {
  callback('map channel', 'fn', fn)
  return new ChannelPump<T, R>(source, target, (value, put) => then(fn(value), put))
}

/** Fills the target with the values that `predicate` says true of. */
export function filterInto<T>(
  source: ChannelCore<T>,
  target: ChannelCore<T>,
  predicate: (value: T) => boolean | PromiseLike<boolean>,
): Pump {
  callback('filter channel', 'predicate', predicate)
  return new ChannelPump<T, T>(source, target, (value, put) => {
    return then(predicate(value), (kept) => {
      if (kept) put(value)
    })
  })
}

/** Fills the target with the first `count` values. */
export function takeInto<T>(source: ChannelCore<T>, target: ChannelCore<T>, count: number): Pump {
  integer('take from channel', 'count', count, 0, true)
  if (count === 0) target.close()
  return new ChannelPump<T, T>(source, target, (value, put) => put(value), count)
}

/** Combines the values of a channel until it ends. */
export function reduce<T, R>(
  source: AsyncIterable<T>,
  fn: (result: R, value: T) => R | PromiseLike<R>,
  initial: R,
): Promise<R> {
  callback('reduce channel', 'fn', fn)
  return combine(source, fn, initial)
}

async function combine<T, R>(
  source: AsyncIterable<T>,
  fn: (result: R, value: T) => R | PromiseLike<R>,
  initial: R,
): Promise<R> {
  let result = initial
  for await (const value of source) result = await fn(result, value)
  return result
}

/** Goes on with a value, at once unless it is a promise. */
function then<R>(value: R | PromiseLike<R>, next: (value: R) => void): unknown {
  return isThenable(value) ? (value as PromiseLike<R>).then(next) : next(value)
}
