/** Iterates over a channel: takes a value when asked for one, and gives up what it still waits for when left. */

import type { Channel } from './channel.js'
import type { Commons } from './commons.js'
import { NextReceiver } from './waiter.js'

/** One iteration. Several share the channel's values. */
export class ChannelIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #channel: Channel<T>
  readonly #commons: Commons
  #left = false
  #last: NextReceiver<T> | undefined

  /** @internal */
  constructor(channel: Channel<T>, commons: Commons) {
    this.#channel = channel
    this.#commons = commons
  }

  /** The next value, or the end. Rejects with the reason when the owner is cancelled. */
  next(): Promise<IteratorResult<T, undefined>> {
    const from = this.#channel
    if (this.#left) return this.#end()
    const { refusal } = from
    if (refusal !== undefined) return Promise.reject(refusal)
    if (from.hasValue)
      return this.#commons.report<IteratorResult<T, undefined>>({ value: from.takeValue(), done: false })
    if (from.isEnded) return this.#end()
    const receiver = new NextReceiver(this.#last)
    this.#last = receiver
    from.awaitValue(receiver)
    return receiver.outcome.promise
  }

  /** Ends the iteration: values asked for that have not come stay in the channel. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true
    const waiting: NextReceiver<T>[] = []
    for (let it = this.#last; it?.queue !== undefined; it = it.before) waiting.push(it)
    this.#last = undefined
    for (const receiver of waiting.reverse()) {
      this.#channel.withdrawTaker(receiver)
      receiver.end()
    }
    return this.#end()
  }

  /** `return`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  #end(): Promise<IteratorResult<T, undefined>> {
    return this.#commons.report<IteratorResult<T, undefined>>({ value: undefined, done: true })
  }
}
