/** Keeps successful values for a while; calls that miss together share one run. */

import { duration, object, wrongType } from '../base/options.js'
import { Flights } from './flight.js'
import type { Layer } from './layer.js'

/** What to keep, and how long. */
export interface MemoOptions {
  /** Calls with the same key share a value. */
  readonly key: string | symbol
  /** Milliseconds a value is kept, from the moment its run ended. */
  readonly ttl: number
}

interface Entry {
  readonly value: unknown
  readonly expires: number
}

const capacity = 1_000

/** The values of one owner: the least recently used goes first above 1 000. No timers: age is checked on use. */
export class MemoStore {
  readonly #entries: Map<string | symbol, Entry> = new Map()
  readonly flights: Flights = new Flights()
  #clearings = 0

  /** Counts up with each clearing, so that a run can tell that it was overtaken by one. */
  get clearings(): number {
    return this.#clearings
  }

  /** The entry under a key, unless it has expired. */
  get(key: string | symbol, now: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.expires <= now) return undefined
    this.#entries.set(key, entry) // youngest again
    return entry
  }

  /** Keeps a value. */
  set(key: string | symbol, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= capacity) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  /** Forgets one key, or all; a run in flight will not write what it finds. */
  clear(key?: string | symbol): void {
    this.#clearings++
    for (const each of key === undefined ? [...this.#entries.keys()] : [key]) this.#entries.delete(each)
    if (key !== undefined) this.flights.forget(key)
    else this.flights.forgetAll()
  }
}

/** Answers from the store, or runs and keeps the value. */
export function memo(options: MemoOptions, store: MemoStore): Layer {
  const { key } = object('start task', 'memo', options)
  if (typeof key !== 'string' && typeof key !== 'symbol') {
    throw wrongType('start task', 'memo.key', 'a string or a symbol', key)
  }
  const ttl = duration('start task', 'memo.ttl', options.ttl)
  return (next) => async (call) => {
    const kept = store.get(key, call.host.now())
    // The key decides what is kept under it, so whoever asks for it expects its type.
    if (kept !== undefined) return kept.value as Awaited<ReturnType<typeof next>>
    return store.flights.join(key, call, async (run) => {
      const clearings = store.clearings
      const value = await next(run)
      if (clearings === store.clearings) store.set(key, { value, expires: run.host.now() + ttl })
      return value
    })
  }
}
