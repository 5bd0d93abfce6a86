/**
 * Collects items and hands them over together.
 *
 * 1. Every caller is answered: by the run of its batch, by `cancel`, or by the owner's end, whichever is first.
 * 2. Batches begin in the order of their items. A run holds its place until its body has really ended.
 * 3. There is a timer only while items gather. The owner knows of us only while something gathers, waits or runs.
 */

import { after } from '../base/clock.js'
import { AbortError } from '../base/errors.js'
import { Deque } from '../base/deque.js'
import { callback, duration, integer, limit, object, outOfRange, wrongType } from '../base/options.js'
import { failure, type Result, success } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import { bodiesEnd, Run, type RunContext } from './run.js'

/** Options of `batch`. */
export interface BatchOptions<T, R = undefined> {
  /** How many items a batch has at most: with so many it begins at once. Default: 100. */
  readonly size?: number
  /** Milliseconds after its first item at which a batch begins, however few it has; `Infinity` is never. Default: 1 000. */
  readonly timeout?: number
  /** How many batches run at once; 0 is unlimited. Those that wait begin in order. Default: unlimited. */
  readonly concurrency?: number
  /** Handles a batch. Returns one result for each item, in order; or nothing, then each Result is of `undefined`. */
  readonly process: (
    items: readonly T[],
    context: RunContext,
  ) => readonly R[] | void | PromiseLike<readonly R[]> | PromiseLike<void>
}

type BatchRun<T, R> = Run<[items: T[]], readonly R[] | undefined>

/** The batch that items join, and the timer that begins it. */
type Gathering<T, R> = { readonly run: BatchRun<T, R>; readonly disarm: Undo }

/** Made by `batch`. */
export class Batch<T, R = undefined> {
  readonly #owner: Lifetime
  readonly #settings: Required<BatchOptions<T, R>>
  #gathering: Gathering<T, R> | undefined
  #queue: Deque<BatchRun<T, R>> = new Deque()
  readonly #inFlight: Set<BatchRun<T, R>> = new Set()
  #pending = 0
  #leave: Undo | undefined

  /** Use `batch(owner, options)`. @internal */
  constructor(owner: Lifetime, settings: Required<BatchOptions<T, R>>) {
    this.#owner = owner
    this.#settings = settings
  }

  /** How many items wait for their batch to begin. */
  get pending(): number {
    return this.#pending
  }

  /**
   * Adds an item; resolves to its Result and never rejects.
   *
   * What `process` throws is the error of all items of the batch, and so is a wrong number of results. When the owner is
   * cancelled all Results that are due are its reason, at once, and so are later ones.
   */
  add(item: T): Promise<Result<Error, R>> {
    const { abortError } = this.#owner
    if (abortError !== undefined) return Promise.resolve(failure(abortError))
    const { run } = (this.#gathering ??= this.#gather())
    const [items] = run.args
    const at = items.push(item) - 1
    this.#pending++
    if (items.length === this.#settings.size) this.#close()
    return run.result.then(([error, results]) => {
      if (error !== undefined) return failure(error)
      return success(results?.[at] as R) // where process returns nothing, R is undefined
    })
  }

  /** Begins the batch that gathers, as far as `concurrency` allows; resolves when all items added so far have their Result. */
  async flush(): Promise<void> {
    this.#close()
    const runs = [...this.#queue, ...this.#inFlight]
    await Promise.all(runs.map((run) => run.result))
  }

  /**
   * Drops what waits and aborts the signals of what runs: all callers get an `AbortError`, or the reason given, at once.
   * Items added later are taken as ever.
   */
  cancel(reason: unknown = new AbortError('batch cancelled')): void {
    this.#end((run) => run.cancel(reason))
  }

  #gather(): Gathering<T, R> {
    this.#enter()
    return { run: new Run([[]]), disarm: after(this.#settings.timeout, () => this.#close()) }
  }

  /** Lets no more items join. */
  #close(): void {
    if (this.#gathering === undefined) return
    this.#gathering.disarm()
    this.#queue.push(this.#gathering.run)
    this.#gathering = undefined
    this.#next()
  }

  /** Begins batches while there is a place. A cancelled owner may still be telling others: nothing begins meanwhile. */
  #next(): void {
    while (!this.#owner.aborted && this.#queue.size > 0 && this.#inFlight.size < this.#settings.concurrency) {
      const run = this.#queue.shift() as BatchRun<T, R> // the size has just been asked for
      this.#pending -= run.args[0].length
      this.#inFlight.add(run) // before it begins: the function may call us, or end its owner
      run.begin(
        ([items]) => this.#process(items, run.context()),
        () => {
          this.#inFlight.delete(run)
          this.#next()
          this.#exit()
        },
      )
    }
  }

  async #process(items: readonly T[], context: RunContext): Promise<readonly R[] | undefined> {
    const { length } = items // the function may change what it gets
    const results: unknown = await this.#settings.process(items, context)
    if (results === undefined) return undefined
    const action = 'answer batch'
    if (!Array.isArray(results)) throw wrongType(action, 'results', 'an array or nothing', results)
    if (results.length === length) return results
    throw outOfRange(action, 'results', `one for each of the ${length} items`, results.length)
  }

  #end(cancel: (run: BatchRun<T, R>) => void): void {
    this.#gathering?.disarm()
    const runs = [...this.#inFlight, ...this.#queue, ...(this.#gathering ? [this.#gathering.run] : [])]
    this.#gathering = undefined
    this.#queue.clear()
    this.#pending = 0
    for (const run of runs) cancel(run)
    this.#exit()
  }

  #enter(): void {
    if (this.#leave !== undefined) return
    const owner = this.#owner
    const leaveAbort = owner.onAbort((error) => this.#end((run) => run.cancel(owner.reason, error)))
    const leaveDisposal = owner.onDispose(() => bodiesEnd(owner, this.#inFlight, 'process of a batch'))
    this.#leave = () => {
      leaveAbort()
      leaveDisposal()
    }
  }

  #exit(): void {
    if (this.#gathering !== undefined || this.#queue.size > 0 || this.#inFlight.size > 0) return
    this.#leave?.()
    this.#leave = undefined
  }
}

/**
 * Makes a collector of items: they are processed together once there are `size` of them, or `timeout` milliseconds after
 * the first.
 *
 * When the owner is cancelled, all callers get its reason at once and the signals of running calls abort; its disposal waits
 * for these calls, at most its grace period. An empty one has no timer and leaves nothing in its owner.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const users = batch(s, {
 *   size: 50,
 *   timeout: 10,
 *   process: (ids: readonly number[], { signal }) => Promise.all(ids.map((id) => fetchUser(id, signal))),
 * })
 * const [err, user] = await users.add(1)
 * ```
 */
export function batch<T, R = undefined>(owner: Lifetime, options: BatchOptions<T, R>): Batch<T, R> {
  const action = 'create batch'
  const { size = 100, timeout = 1_000, concurrency, process } = object(action, 'options', options)
  const settings = {
    size: integer(action, 'size', size, 1, true),
    timeout: duration(action, 'timeout', timeout),
    concurrency: limit(action, 'concurrency', concurrency),
    process: callback(action, 'process', process),
  }
  requireOpen(owner, action)
  return new Batch(owner, settings)
}
