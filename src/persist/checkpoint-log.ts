/**
 * The saves of one task, in order.
 *
 * 1. Saves run one after another, in the order they were asked for, and their numbers count up by one.
 * 2. A number is used up by a save that succeeded only, so that a failed one leaves no gap.
 * 3. What comes after a save (tidying up, the callback) changes nothing about it: the data is durable.
 * 4. Once a newer owner has shut this one out, nothing more is asked of the provider.
 */

import { AbortError, toError } from '../base/errors.js'
import { decode, encode } from './codec.js'
import { CheckpointFencedError } from './errors.js'
import type { Progress } from './progress.js'
import { open, seal } from './record.js'
import type { Checkpoint, CheckpointProvider } from './types.js'

/** What the saves of a task need to know. */
export interface LogSettings {
  readonly taskId: string
  readonly provider: CheckpointProvider
  readonly keep: number
  readonly version: number | undefined
  readonly onCheckpoint: ((checkpoint: Checkpoint) => void) | undefined
  report(error: unknown, where: string): void
}

/** Where the saves go on from. */
export interface LogStart {
  /** The data of the newest whole record, as JSON. */
  readonly json: unknown
  /** The highest number that was used. */
  readonly sequence: number
  /** How far the task was. */
  readonly percentage: number
}

/** The saves of one task. */
export class CheckpointLog {
  readonly #settings: LogSettings
  readonly #fence: number | undefined
  #latest: { readonly json: unknown; readonly percentage: number } | undefined
  #sequence: number
  #last: Promise<unknown> = Promise.resolve()
  #over: Error | undefined

  constructor(settings: LogSettings, start: LogStart | undefined, fence: number | undefined) {
    this.#settings = settings
    this.#fence = fence
    this.#latest = start
    this.#sequence = start?.sequence ?? 0
  }

  /** A copy of the latest durable value. */
  get data(): unknown {
    return this.#latest && decode(this.#latest.json)
  }

  /** How far the task was when that was saved. */
  get percentage(): number {
    return this.#latest?.percentage ?? 0
  }

  /** True if this is the latest durable value already. */
  has(json: unknown): boolean {
    return this.#latest !== undefined && JSON.stringify(this.#latest.json) === JSON.stringify(json)
  }

  /** Saves a value that the caller may change afterwards. */
  async save(data: unknown, progress: () => Progress): Promise<void> {
    return this.write(encode(data), progress)
  }

  /** Saves data that is encoded already. */
  write(json: unknown, progress: () => Progress): Promise<void> {
    return this.#next(() => this.#write(json, progress))
  }

  /** Deletes all that was saved, after the saves under way; from then on there are none. */
  finish(): Promise<void> {
    const { provider, taskId } = this.#settings
    const deleted = this.#next(() => provider.deleteAll(taskId, this.#fence))
    this.#over ??= new AbortError(`Cannot save checkpoint: task ${taskId} has ended`)
    return deleted
  }

  #next(step: () => Promise<void>): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over)
    const done = this.#last.then(step).catch((thrown: unknown) => {
      const error = toError(thrown)
      if (isFenced(error)) this.#over = error
      throw error
    })
    this.#last = done.catch(() => {}) // whoever asked for it sees its error; the next one goes on
    return done
  }

  async #write(json: unknown, progress: () => Progress): Promise<void> {
    if (this.#over !== undefined && isFenced(this.#over)) throw this.#over
    const { provider, taskId, keep, version, onCheckpoint } = this.#settings
    const sequence = this.#sequence + 1
    const record = seal({ taskId, sequence, timestamp: Date.now(), progress: progress(), json, version })
    await provider.save(record, this.#fence)
    this.#sequence = sequence
    this.#latest = { json, percentage: record.progress }
    await this.#guard('checkpoint cleanup', keep === Infinity ? undefined : () => provider.cleanup(taskId, keep))
    await this.#guard('onCheckpoint callback', onCheckpoint && (() => onCheckpoint(open(record) ?? record)))
  }

  async #guard(where: string, fn: (() => unknown) | undefined): Promise<void> {
    try {
      await fn?.()
    } catch (error) {
      this.#settings.report(error, where)
    }
  }
}

/** True for the error that tells of a newer owner, by whatever copy of this package it was made. */
export function isFenced(error: Error): boolean {
  return (
    error instanceof CheckpointFencedError || (error as { readonly _tag?: unknown })._tag === 'CheckpointFencedError'
  )
}
