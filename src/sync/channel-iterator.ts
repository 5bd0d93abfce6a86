/** Iterates over a channel: takes a value when asked for one, and gives up what it still waits for when left. */

import type { ChannelCore } from './channel-core.js'
import { NextReceiver } from './waiter.js'

/** One iteration. Several share the channel's values. */
export class ChannelIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #core: ChannelCore<T>
  #left = false
  #last: NextReceiver<T> | undefined

  /** @internal */
  constructor(core: ChannelCore<T>) {
    this.#core = core
  }

  /** The next value, or the end. Rejects with the reason when the owner is cancelled. */
  next(): Promise<IteratorResult<T, undefined>> {
    const core = this.#core
    if (this.#left) return this.#end()
    const { refusal } = core
    if (refusal !== undefined) return Promise.reject(refusal)
    if (core.hasValue) return core.commons.report<IteratorResult<T, undefined>>({ value: core.take(), done: false })
    if (core.isEnded) return core.end<IteratorResult<T, undefined>>({ value: undefined, done: true })
    const receiver = new NextReceiver(this.#last)
    this.#last = receiver
    core.awaitValue(receiver)
    return receiver.promise
  }

  /** Ends the iteration: values asked for that have not come stay in the channel. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true
    const waiting: NextReceiver<T>[] = []
    for (let it = this.#last; it?.queue !== undefined; it = it.before) waiting.push(it)
    this.#last = undefined
    for (const receiver of waiting.reverse()) {
      this.#core.withdrawTaker(receiver)
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
    return this.#core.commons.report<IteratorResult<T, undefined>>({ value: undefined, done: true })
  }
}
