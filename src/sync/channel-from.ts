/**
 * Channels that are filled from outside: from a stream, or from anything that can be iterated over.
 *
 * 1. Nothing is read before somebody wants a value; then at most `capacity` values are read ahead. That is all the
 *    backpressure a source needs: it is asked for one value at a time.
 * 2. However it ends, by the source, by `close()` or by the owner, the source is told once, and the owner's end waits for it.
 */

import { toError } from '../base/errors.js'
import { isThenable } from '../base/guard.js'
import { integer, wrongType } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { Channel } from './channel.js'
import type { ChannelCore } from './channel-core.js'
import type { Pump } from './channel-pump.js'

/** A `ReadableStream`, whatever host or polyfill it is of. */
export interface StreamLike<T> {
  getReader(): {
    read(): PromiseLike<{ readonly done: boolean; readonly value?: T | undefined }>
    cancel(reason?: unknown): PromiseLike<void>
  }
}

/** Where values can come from. */
export type ChannelSource<T> = StreamLike<T> | AsyncIterable<T> | Iterable<T>

/** A source, seen by the pump. */
interface Reader<T> {
  read(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: T | undefined }>
  cancel(reason: unknown): unknown
}

/**
 * Makes a channel of what a `ReadableStream`, an async iterable or an iterable yields, in order.
 *
 * Values are read on demand, and up to `capacity` ahead. It closes when the source has ended; what the source fails with is
 * what receivers get after the last value. Closing the channel, and the owner's end, cancel the stream or leave the
 * iteration; the owner's end waits for that, at most its grace period.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const response = await fetch(url)
 * if (response.body) for await (const bytes of channelFrom(s, response.body)) show(bytes)
 * ```
 */
export function channelFrom<T>(owner: Lifetime, source: ChannelSource<T>, capacity: number = 0): Channel<T> {
  const action = 'create channel'
  integer(action, 'capacity', capacity, 0, true)
  if (!isSource(source)) throw wrongType(action, 'source', 'a ReadableStream or an iterable', source)
  const channel = new Channel<T>(owner, { capacity })
  channel.core.pump = new SourcePump(channel.core, readerOf(source))
  return channel
}

function isSource(source: unknown): source is ChannelSource<unknown> {
  if (typeof source !== 'object' || source === null) return false
  return 'getReader' in source || Symbol.asyncIterator in source || Symbol.iterator in source
}

function readerOf<T>(source: ChannelSource<T>): Reader<T> {
  if ('getReader' in source) return source.getReader()
  const iterator: AsyncIterator<T> | Iterator<T> =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  return { read: async () => iterator.next(), cancel: async () => iterator.return?.() }
}

type State<T> = { readonly at: 'idle' | 'reading'; readonly reader: Reader<T> } | { readonly at: 'ended' }

/** Fills a channel from a reader. */
class SourcePump<T> implements Pump {
  readonly #target: ChannelCore<T>
  #state: State<T>
  #told: PromiseLike<unknown> | undefined
  readonly #leave: Undo

  constructor(target: ChannelCore<T>, reader: Reader<T>) {
    const { owner } = target
    this.#target = target
    this.#state = { at: 'idle', reader }
    const undos: Undo[] = [owner.onDispose(() => this.#ended())]
    this.#leave = () => {
      for (const undo of undos) undo()
    }
    undos.push(owner.onAbort(() => this.#cancel(owner.reason)))
  }

  prime(): void {
    this.pull()
  }

  pull(): void {
    const state = this.#state
    const target = this.#target
    if (state.at !== 'idle' || target.isClosed) return
    if (!target.isWanted && target.backlog.size >= target.backlog.capacity) return
    this.#state = { at: 'reading', reader: state.reader }
    settle(
      () => state.reader.read(),
      ({ done, value }) => (done ? this.#end() : this.#take(state.reader, value as T)), // there is one unless it is done
      (error) => this.#end(toError(error)),
    )
  }

  relax(): void {
    if (this.#target.isClosed) this.#cancel(undefined)
    else this.pull()
  }

  #take(reader: Reader<T>, value: T): void {
    if (this.#state.at === 'ended') return // closed meanwhile: nobody may have it any more
    this.#state = { at: 'idle', reader }
    this.#target.put(value)
    this.pull()
  }

  /** The source has ended. */
  #end(error?: Error): void {
    if (this.#state.at === 'ended') return
    this.#state = { at: 'ended' }
    this.#leave()
    this.#target.close(error)
  }

  /** Nobody wants the rest: the source is told. */
  #cancel(reason: unknown): void {
    const state = this.#state
    if (state.at === 'ended') return
    this.#state = { at: 'ended' }
    const { owner } = this.#target
    this.#told = new Promise<void>((resolve) => {
      settle(
        () => state.reader.cancel(reason),
        () => resolve(),
        (error) => {
          owner.report(error, 'end of the source of a channel')
          resolve()
        },
      )
    }).then(this.#leave)
  }

  async #ended(): Promise<void> {
    const { gracePeriod } = this.#target.owner
    if (this.#told === undefined || (await endsWithin(gracePeriod, this.#told))) return
    const still = new Error(`it had not ended ${gracePeriod}ms after it was told to`)
    this.#target.owner.report(still, 'source of a channel')
  }
}

/** Calls `fn` and one of the two others, which must not throw, now or later. */
function settle<R>(fn: () => PromiseLike<R> | R, done: (value: R) => void, failed: (error: unknown) => void): void {
  try {
    const out = fn()
    if (isThenable(out)) Promise.resolve(out as PromiseLike<R>).then(done, failed)
    else done(out)
  } catch (error) {
    failed(error)
  }
}
