/** One subscriber of a broadcast: the values it has not read yet, and those of its reads that still wait. */

import { Deque } from '../base/deque.js'
import type { BroadcastChannel } from './broadcast.js'
import { BroadcastLaggedError } from './errors.js'
import { WaitQueue } from './wait-queue.js'
import { NextReceiver, type Taker } from './waiter.js'

/** Iterates over what is sent after `subscribe`. Leaving the loop unsubscribes and frees what was not read. */
export class Subscription<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #source: BroadcastChannel<T>
  readonly #values: Deque<T> = new Deque()
  readonly #readers: WaitQueue<Taker<T>> = new WaitQueue()
  #skipped = 0
  #full = false
  #left = false

  /** Use `subscribe()`. @internal */
  constructor(source: BroadcastChannel<T>) {
    this.#source = source
    this.#count()
  }

  /** How many values it has not read yet. */
  get size(): number {
    return this.#values.size
  }

  /**
   * The next value, or the end once the broadcast is closed and everything is read.
   *
   * Rejects with the reason when the owner is cancelled, and once with `BroadcastLaggedError` where values were skipped.
   */
  next(): Promise<IteratorResult<T, undefined>> {
    const source = this.#source
    if (this.#left) return source.report({ value: undefined, done: true })
    const { abortError } = source.owner
    if (abortError !== undefined && !(source.isClosed && this.#values.size === 0)) return Promise.reject(abortError)
    if (this.#skipped > 0) return Promise.reject(this.#lag())
    if (this.#values.size > 0) {
      const value = this.drop()
      this.#count()
      source.relieve()
      return source.report({ value, done: false })
    }
    if (source.isClosed) {
      this.#leave()
      return source.report({ value: undefined, done: true })
    }
    const reader = new NextReceiver<T>()
    this.#readers.add(reader)
    source.readerCame()
    this.#count()
    source.relieve()
    return reader.promise
  }

  /** Unsubscribes; reads that still wait get the end. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#leave()
    return this.#source.report({ value: undefined, done: true })
  }

  /** Unsubscribes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** True if it can have no more values. @internal */
  get isFull(): boolean {
    return this.#full
  }

  /** Gets a value, whatever the capacity. @internal */
  put(value: T): void {
    const reader = this.#readers.shift()
    if (reader === undefined) this.#values.push(value)
    else {
      this.#source.readersWent(1)
      reader.take(value)
    }
    this.#count()
  }

  /** Gives up its oldest value; there must be one. @internal */
  drop(): T {
    return this.#values.shift() as T // the caller has asked for the size
  }

  /** Gives up a value, and will say so. @internal */
  skip(): void {
    this.#skipped++
  }

  /** No more values will come. One that has nothing left to read is no subscriber any more. @internal */
  end(): void {
    if (this.#values.size === 0 && this.#skipped === 0) this.#leave()
  }

  /** The owner was cancelled. @internal */
  fail(error: Error): void {
    this.#dismiss((reader) => reader.fail(error))
  }

  #dismiss(tell: (reader: Taker<T>) => void): void {
    let went = 0
    for (let reader = this.#readers.shift(); reader; reader = this.#readers.shift()) {
      went++
      tell(reader)
    }
    this.#source.readersWent(went)
    this.#count()
  }

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.#values.clear()
    this.#dismiss((reader) => reader.end())
    this.#source.forget(this)
  }

  /** Keeps the source's count of full subscribers true, so that no send has to ask all. */
  #count(): void {
    const full = this.#values.size >= this.#source.capacity && this.#readers.first === undefined && !this.#left
    if (full === this.#full) return
    this.#full = full
    this.#source.full += full ? 1 : -1
  }

  #lag(): BroadcastLaggedError {
    const skipped = this.#skipped
    this.#skipped = 0
    return new BroadcastLaggedError(skipped)
  }
}
