/** Keeps successful values for a while; calls that miss together share one run. */

import { success } from '../base/result.js'
import { duration, object, wrongType } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { Flights } from './flight.js'
import type { CacheProvider } from '../persist/types.js'
import type { Home, Layer } from './layer.js'
import { provided, late } from './late.js'

/** What to keep, and how long. */
export interface MemoOptions {
  /**
   * Calls with the same key share a value. With `persistence.cache` it is looked up and kept there, so that processes share
   * it; a symbol stays in the scope.
   */
  readonly key: string | symbol
  /** Milliseconds a value is kept, from the moment its run ended. */
  readonly ttl: number
}

interface Entry {
  readonly value: unknown
  readonly expires: number
}

/** The values of one owner: the least recently used goes first above 1 000. No timers: age is checked on use. */
export class MemoStore {
  readonly #entries: Recent<string | symbol, Entry> = new Recent()
  readonly flights: Flights = new Flights()
  /** Which run may write under a key: the latest one that began after the key was cleared. */
  readonly #writers: Map<string | symbol, object> = new Map()
  /** Keys whose values lie in a provider, the one used longest ago first. */
  readonly #elsewhere: Recent<string, true> = new Recent()
  readonly #home: Home

  constructor(home: Home) {
    this.#home = home
  }

  /** The entry under a key, unless it has expired. */
  get(key: string | symbol, now: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expires <= now) {
      this.#entries.delete(key)
      return undefined
    }
    this.#entries.set(key, entry) // youngest again
    return entry
  }

  /** A run begins that will write under this key. */
  begin(key: string | symbol): object {
    const writer = {}
    this.#writers.set(key, writer)
    return writer
  }

  /** A run has ended; its value is kept if it has one. False if a clearing has overtaken it: nobody may keep it. */
  end(key: string | symbol, writer: object, entry?: Entry): boolean {
    if (this.#writers.get(key) !== writer) return false
    this.#writers.delete(key)
    if (entry !== undefined) this.#entries.set(key, entry)
    return true
  }

  /** The value of this key lies in a provider. */
  isElsewhere(key: string): void {
    this.#elsewhere.set(key, true)
  }

  /** Forgets one key, or all; a run in flight will not write what it finds. */
  clear(key?: string | symbol, cache?: CacheProvider): void {
    this.flights.forget(key)
    for (const kept of [this.#entries, this.#writers]) {
      if (key === undefined) kept.clear()
      else kept.delete(key)
    }
    if (cache === undefined || typeof key === 'symbol') return
    for (const each of key === undefined ? this.#elsewhere.keys() : [key]) void this.#drop(each, cache)
  }

  async #drop(key: string, cache: CacheProvider): Promise<void> {
    this.#elsewhere.delete(key)
    const done = this.#home.work()
    try {
      const { drop } = provided.now ?? (await provided.load())
      const error = await drop(cache, key)
      if (error !== undefined) this.#home.report(error, 'cache provider')
    } catch (error) {
      this.#home.report(error, 'cache provider') // it could not be loaded
    } finally {
      done()
    }
  }
}

/** Answers from the store, or runs and keeps the value. */
export function memo(options: MemoOptions, store: MemoStore, timeout?: number, cache?: CacheProvider): Layer {
  const { key } = object('start task', 'memo', options)
  if (typeof key !== 'string' && typeof key !== 'symbol') {
    throw wrongType('start task', 'memo.key', 'a string or a symbol', key)
  }
  const ttl = duration('start task', 'memo.ttl', options.ttl)
  if (cache !== undefined && typeof key === 'string') {
    store.isElsewhere(key) // before what asks the cache is loaded: a clearing meanwhile is meant for this key too
    return late((layers) => layers.memoElsewhere(key, ttl, { store, timeout, cache }))
  }
  return (next) => (call, done) => {
    const kept = store.get(key, call.host.now())
    // The key decides what is kept under it, so whoever asks for it expects its type.
    if (kept !== undefined) return done(success(kept.value) as never)
    const step: typeof next = (run, landed) => {
      const writer = store.begin(key)
      next(run, (outcome) => {
        const [error, value] = outcome
        store.end(key, writer, error === undefined ? { value, expires: run.host.now() + ttl } : undefined)
        landed(outcome)
      })
    }
    store.flights.join(key, call, step, done, timeout)
  }
}
