/**
 * The last tasks of a scope and those below it.
 *
 * 1. It holds no task, only what is to be said of one, and at most so many of these.
 * 2. Room is made by forgetting what settled first. While all live, a new one has to wait for room until its body starts.
 * 3. A record that was handed out never changes: a change makes a new one.
 */

import type { ObservedRetry, ObservedTask } from '../../src/scope/observation.js'
import type { InspectedTask } from './inspection.js'

const mostRetries = 16

/** Puts an error into words. */
export function describe(error: Error): string {
  return error.message === '' ? error.name : `${error.name}: ${error.message}`
}

/** Made by the inspector. */
export class TaskHistory {
  readonly #limit: number
  readonly #live: Map<number, InspectedTask> = new Map()
  readonly #settled: Map<number, InspectedTask> = new Map()
  #forgotten = 0
  #list: readonly InspectedTask[] | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many are not in the list. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** In the order they were made. */
  get list(): readonly InspectedTask[] {
    return (this.#list ??= [...this.#settled.values(), ...this.#live.values()].sort((a, b) => a.id - b.id))
  }

  /** It was queued, has settled, or is over. */
  changed(task: ObservedTask, now: number): void {
    const known = this.#live.get(task.id) ?? this.#settled.get(task.id)
    if (task.status === 'queued' || task.status === 'running') {
      if (known === undefined) this.#add(created(task, now))
    } else if (known?.settledAt === undefined) this.#settle(known ?? created(task, now), task, now)
    else this.#put(this.#settled, { ...known, lingers: task.lingers })
  }

  /** A body starts. */
  started(task: ObservedTask, attempt: number, now: number): void {
    if (task.status !== 'running') return // a shared run goes on for others
    const known = this.#live.get(task.id)
    const { status, startedAt = now } = task
    if (known !== undefined) this.#put(this.#live, { ...known, status, attempt, startedAt })
    else if (this.#add({ ...created(task, now), status, attempt, startedAt })) this.#forgotten--
  }

  /** An attempt has failed. */
  retries(task: ObservedTask, { attempt, delay, error }: ObservedRetry, at: number): void {
    const known = this.#live.get(task.id)
    if (known === undefined) return
    const retries = [...known.retries.slice(1 - mostRetries), { attempt, at, delay, reason: describe(error) }]
    this.#put(this.#live, { ...known, status: 'retrying', retries })
  }

  #settle(known: InspectedTask, task: ObservedTask, now: number): void {
    const { status, lingers, error } = task
    if (!this.#live.delete(known.id) && !this.#makeRoom()) return
    const reason = error === undefined ? {} : { reason: describe(error) }
    this.#put(this.#settled, { ...known, status, lingers, settledAt: now, ...reason })
  }

  #add(record: InspectedTask): boolean {
    const fits = this.#makeRoom()
    if (fits) this.#put(this.#live, record)
    return fits
  }

  #makeRoom(): boolean {
    if (this.#live.size + this.#settled.size < this.#limit) return true
    this.#forgotten++
    const [oldest] = this.#settled.keys()
    return oldest !== undefined && this.#settled.delete(oldest)
  }

  #put(records: Map<number, InspectedTask>, record: InspectedTask): void {
    records.set(record.id, record)
    this.#list = undefined
  }
}

function created(task: ObservedTask, now: number): InspectedTask {
  const { id, name, index, scope, scopeName, spawnedBy, startedAt } = task
  return {
    id,
    name,
    index,
    scope,
    scopeName,
    status: 'queued',
    attempt: startedAt === undefined ? 0 : 1,
    queuedAt: startedAt ?? now,
    ...(startedAt !== undefined && { startedAt }),
    retries: [],
    lingers: false,
    ...(spawnedBy !== undefined && { spawnedBy }),
  }
}
