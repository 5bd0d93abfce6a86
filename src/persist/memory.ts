/** Providers that keep everything in memory: for tests, and for what need not outlive the process. */

import { duration, integer, object, text } from '../base/options.js'
import { CheckpointFencedError } from './errors.js'
import { checkRecord } from './record.js'
import type { Checkpoint, CheckpointProvider, IdempotencyProvider, IdempotencyRecord } from './types.js'

/**
 * Keeps checkpoints in memory: for tests, and for what need not outlive the process. Data is kept as it is given, not copied;
 * what tasks save is a copy of theirs already.
 *
 * @example
 * ```ts
 * const provider = new InMemoryCheckpointProvider()
 * const checkpoint = createCheckpointContext('import', provider)
 * await checkpoint.save({ row: 100 })
 * ```
 */
export class InMemoryCheckpointProvider implements CheckpointProvider {
  /** By task, oldest first. */
  readonly #tasks: Map<string, readonly Checkpoint[]> = new Map()
  /** The owners, by task; one that was deleted has none, so that nobody's old fence fits. */
  readonly #fences: Map<string, number> = new Map()
  #claims = 0

  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { taskId, sequence } = checkRecord(checkpoint)
    this.#check(taskId, fence)
    const others = this.#of(taskId).filter((each) => each.sequence !== sequence)
    const later = others.findIndex((each) => each.sequence > sequence)
    const at = later < 0 ? others.length : later
    this.#tasks.set(taskId, [...others.slice(0, at), checkpoint, ...others.slice(at)])
  }

  async loadLatest<T>(taskId: string): Promise<Checkpoint<T> | undefined> {
    return this.#of(taskId).at(-1) as Checkpoint<T> | undefined // whoever asks for a task knows its data
  }

  async load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    for (const checkpoints of this.#tasks.values()) {
      const found = checkpoints.find((each) => each.id === checkpointId)
      if (found !== undefined) return found as Checkpoint<T> // as above
    }
    return undefined
  }

  async list(taskId: string): Promise<Checkpoint[]> {
    return [...this.#of(taskId)]
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    const kept = keep === 0 ? [] : this.#of(taskId).slice(-keep)
    if (kept.length === 0) this.#tasks.delete(taskId)
    else this.#tasks.set(taskId, kept)
  }

  async deleteAll(taskId: string, fence?: number): Promise<void> {
    this.#check(taskId, fence)
    this.#tasks.delete(taskId)
    this.#fences.delete(taskId)
  }

  async claim(taskId: string): Promise<number> {
    const fence = ++this.#claims
    this.#fences.set(text('claim task', 'taskId', taskId), fence)
    return fence
  }

  #check(taskId: string, fence: number | undefined): void {
    if (fence !== undefined && fence !== this.#fences.get(taskId)) throw new CheckpointFencedError(taskId)
  }

  #of(taskId: string): readonly Checkpoint[] {
    return this.#tasks.get(text('load checkpoint', 'taskId', taskId)) ?? []
  }
}

/** Options of `InMemoryIdempotencyProvider`. */
export interface InMemoryIdempotencyOptions {
  /** How many values are kept; the one used least recently goes first. Default: 1 000. */
  readonly maxSize?: number
}

/**
 * Keeps the values of idempotent tasks in memory, and reserves keys in one step.
 *
 * Expired values go when they are met, or with `cleanup()`; there is no timer. Reservations do not count as values.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { idempotency: new InMemoryIdempotencyProvider() } })
 * await s.task(() => charge(order), { idempotency: { key: order.id, ttl: 60_000 } })
 * ```
 */
export class InMemoryIdempotencyProvider implements IdempotencyProvider, Disposable {
  /** Least recently used first. */
  readonly #records: Map<string, IdempotencyRecord> = new Map()
  /** Reserved keys, and when that ends. */
  readonly #reserved: Map<string, number> = new Map()
  readonly #maxSize: number

  constructor(options: InMemoryIdempotencyOptions = {}) {
    const { maxSize = 1_000 } = object('create idempotency provider', 'options', options)
    this.#maxSize = integer('create idempotency provider', 'maxSize', maxSize, 1, true)
  }

  /** How many values are kept, those that have expired and were not met yet included. */
  get size(): number {
    return this.#records.size
  }

  async get(key: string): Promise<IdempotencyRecord | null> {
    const record = this.#records.get(key)
    if (record === undefined) return null
    this.#records.delete(key)
    if (isOver(record.expiresAt)) return null
    this.#records.set(key, record) // now the most recently used
    return record
  }

  async set(key: string, value: unknown, ttl: number = Infinity): Promise<void> {
    text('store value', 'key', key)
    const expiresAt = Date.now() + duration('store value', 'ttl', ttl)
    this.#records.delete(key)
    this.#records.set(key, expiresAt === Infinity ? { value } : { value, expiresAt })
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= this.#maxSize) break
      this.#records.delete(oldest)
    }
  }

  async delete(key: string): Promise<void> {
    this.#records.delete(key)
  }

  /** Takes the key, at most for `ttl` milliseconds; false when somebody has it. */
  async reserve(key: string, ttl: number = Infinity): Promise<boolean> {
    text('reserve key', 'key', key)
    const until = Date.now() + duration('reserve key', 'ttl', ttl)
    if (!isOver(this.#reserved.get(key) ?? 0)) return false
    this.#reserved.set(key, until)
    return true
  }

  /** Gives a reserved key back. */
  async release(key: string): Promise<void> {
    this.#reserved.delete(key)
  }

  /** Forgets every value. Keys that are reserved stay so: their runs go on. */
  clear(): void {
    this.#records.clear()
  }

  /** Forgets what has expired; returns how many values that were. */
  cleanup(): number {
    const before = this.#records.size
    for (const [key, { expiresAt }] of this.#records) if (isOver(expiresAt)) this.#records.delete(key)
    for (const [key, until] of this.#reserved) if (isOver(until)) this.#reserved.delete(key)
    return before - this.#records.size
  }

  /** Forgets everything. */
  [Symbol.dispose](): void {
    this.#records.clear()
    this.#reserved.clear()
  }
}

/** Makes an `InMemoryIdempotencyProvider`. */
export function createIdempotencyProvider(options?: InMemoryIdempotencyOptions): InMemoryIdempotencyProvider {
  return new InMemoryIdempotencyProvider(options)
}

/** True once a moment, in milliseconds since 1970, has come. */
function isOver(moment: number = Infinity): boolean {
  return moment <= Date.now()
}
