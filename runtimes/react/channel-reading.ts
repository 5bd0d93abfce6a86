/**
 * Reads a channel for a component.
 *
 * 1. Nothing is taken in the turn it begins: React may end it in that turn and begin again, and no value is lost.
 * 2. After each change nothing is taken for the time of a frame, then all that waits at once: a sender that blocks is held to
 *    the pace of the screen, and a fast one costs one render a frame.
 */

import { BroadcastLaggedError } from 'go-go-scope'
import type { ChannelSource } from './channel-state.js'

const frame = 16

/** Who is told. Nobody is once the reading was left. */
export interface ChannelListener<T> {
  /** New values, oldest first. */
  onValues(values: readonly T[]): void
  /** No more values will come; with an error, because of that. */
  onEnd(error: Error | undefined): void
}

/** One reading of one source. */
export class ChannelReading<T> {
  readonly #iterator: AsyncIterator<T, undefined>
  readonly #source: { readonly size: number }
  readonly #listener: ChannelListener<T>
  #left = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(source: ChannelSource<T>, listener: ChannelListener<T>) {
    if ('subscribe' in source) this.#source = this.#iterator = source.subscribe()
    else {
      this.#source = source
      this.#iterator = source[Symbol.asyncIterator]()
    }
    this.#listener = listener
    void this.#read()
  }

  /** Ends it; what was not taken stays, or is forgotten with a subscription. */
  leave(): void {
    this.#left = true
    clearTimeout(this.#timer)
    void this.#iterator.return?.()
  }

  async #read(): Promise<void> {
    await undefined
    while (!this.#left) {
      const values: T[] = []
      const end = await this.#take(values)
      if (this.#left) return
      if (values.length > 0) this.#listener.onValues(values)
      if (end !== undefined) return this.#listener.onEnd(end.error)
      await new Promise((resolve) => (this.#timer = setTimeout(resolve, frame)))
    }
  }

  /** Waits for a value and takes all that have come with it; tells when that was the end. */
  async #take(values: T[]): Promise<{ readonly error: Error | undefined } | undefined> {
    try {
      let ready = 0
      do {
        const { done, value } = await this.#next()
        if (done) return { error: undefined }
        values.push(value)
        ready = values.length === 1 ? this.#source.size : ready - 1
      } while (ready > 0 && this.#source.size > 0)
      return undefined
    } catch (error) {
      return { error: error as Error } // a channel rejects with nothing else
    }
  }

  /** The next result. That some were skipped was the wish of whoever chose a lagging broadcast. */
  async #next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      try {
        return await this.#iterator.next()
      } catch (error) {
        if (!(error instanceof BroadcastLaggedError)) throw error
      }
    }
  }
}
