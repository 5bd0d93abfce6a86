/** Channels as the platform's streams. */
import type { Channel } from '../../src/sync/channel.js'

/**
 * Makes a `ReadableStream` of a channel, or of anything that can be iterated over: for a `Response`, a `pipeTo`, a `pipeThrough`.
 *
 * A value leaves the channel when the stream is read, none before. The stream closes when the channel has ended, and errors with
 * what the channel rejects with, such as the reason of the owner's abort. Cancelling the stream closes the channel, so that its
 * senders learn of it.
 *
 * @throws TypeError when the source cannot be iterated over, or the host has no `ReadableStream`.
 * @example
 * ```ts
 * const response = new Response(toReadableStream(words.map((word) => new TextEncoder().encode(word))))
 * ```
 */
export function toReadableStream<T>(source: Channel<T> | AsyncIterable<T>): ReadableStream<T> {
  const iterable: AsyncIterable<T> = source
  if (typeof iterable?.[Symbol.asyncIterator] !== 'function')
    throw new TypeError('Cannot create stream: source must be a channel or an async iterable')
  const iterator = iterable[Symbol.asyncIterator]()
  const sink = { cancelled: false }
  const pull = async (controller: ReadableStreamDefaultController<T>): Promise<void> => {
    const { done, value } = await iterator.next()
    if (sink.cancelled) return
    if (done) controller.close()
    else controller.enqueue(value)
  }
  const cancel = async (): Promise<void> => {
    sink.cancelled = true
    if ('close' in source) source.close()
    await iterator.return?.()
  }
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}
