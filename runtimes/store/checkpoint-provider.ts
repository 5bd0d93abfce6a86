/** Checkpoints on a server. */
import { integer, object, text } from '../../src/base/options.js'
import { decodeText, encodeText } from '../../src/persist/codec.js'
import { CheckpointCorruptError, CheckpointFencedError } from '../../src/persist/errors.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'
import { ask } from './ask.js'

/** A record as it is stored. */
export interface StoredRecord {
  readonly sequence: number
  readonly text: string
}

/** What a server must be able to do for checkpoints, each in one step. */
export interface Records {
  /**
   * Keeps the record in place of one with the same sequence; false, and nothing kept, when there is a fence and it is not the
   * latest claimed.
   */
  put(taskId: string, id: string, record: StoredRecord, fence: number | undefined): Promise<boolean>
  /** At most `count` records of a task, newest first. */
  newest(taskId: string, count: number): Promise<readonly StoredRecord[]>
  /** Records that may be the one with this id. */
  find(id: string): Promise<readonly string[]>
  /** Deletes all but the newest `keep`. */
  trim(taskId: string, keep: number): Promise<void>
  /** Deletes all, and shuts out all owners; false, and nothing done, when there is a fence as above. */
  clear(taskId: string, fence: number | undefined): Promise<boolean>
  /** A number above all that were given for this task. */
  claim(taskId: string): Promise<number>
}

const all = Number.MAX_SAFE_INTEGER

/** Translates the provider's interface; the server orders and fences. @internal */
export class StoreCheckpointProvider implements CheckpointProvider {
  readonly #name: string
  readonly #records: Records

  constructor(name: string, records: Records) {
    this.#name = name
    this.#records = records
  }

  /**
   * Resolves when the server has it. With a fence that is not the latest claimed, rejects with a `CheckpointFencedError` and
   * keeps nothing.
   */
  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { id, taskId, sequence } = object('save checkpoint', 'checkpoint', checkpoint)
    text('save checkpoint', 'id', id)
    integer('save checkpoint', 'sequence', sequence, 0)
    checkFence('save checkpoint', fence)
    const record = { sequence, text: encodeText(checkpoint, 'checkpoint') }
    const saved = await this.#ask('save', taskId, () => this.#records.put(taskId, id, record, fence))
    if (!saved) throw new CheckpointFencedError(taskId)
  }

  /**
   * The newest that can be read. Newer ones that somebody has damaged are passed over, each told to `onDamaged`; if all are
   * damaged, rejects with a `CheckpointCorruptError`.
   */
  async loadLatest<T>(taskId: string, onDamaged?: (what: string) => void): Promise<Checkpoint<T> | undefined> {
    for (const count of [1, all]) {
      const records = await this.#ask('loadLatest', taskId, () => this.#records.newest(taskId, count))
      if (records.length === 0) return undefined
      const at = records.findIndex((record) => read(record.text) !== undefined)
      if (at < 0 && count === 1) continue // only now it pays to fetch the others
      if (at < 0) break
      for (const { sequence } of records.slice(0, at)) onDamaged?.(`number ${sequence} cannot be read`)
      return read(records[at]?.text) as Checkpoint<T> // whoever asks for a task knows its data
    }
    throw new CheckpointCorruptError(taskId)
  }

  async load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    const records = await this.#ask('load', checkpointId, () => this.#records.find(checkpointId))
    return records.map(read).find((each) => each?.id === checkpointId) as Checkpoint<T> | undefined // as above
  }

  /** Those that can be read, oldest first. */
  async list(taskId: string): Promise<Checkpoint[]> {
    const records = await this.#ask('list', taskId, () => this.#records.newest(taskId, all))
    return records
      .map((record) => read(record.text))
      .filter((each) => each !== undefined)
      .reverse()
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    if (keep === Infinity) return
    await this.#ask('cleanup', taskId, () => this.#records.trim(taskId, keep))
  }

  /** Deletes the task's checkpoints, and shuts out all its owners. A fence is checked as by `save`. */
  async deleteAll(taskId: string, fence?: number): Promise<void> {
    checkFence('delete checkpoints', fence)
    const deleted = await this.#ask('deleteAll', taskId, () => this.#records.clear(taskId, fence))
    if (!deleted) throw new CheckpointFencedError(taskId)
  }

  /** Makes the caller the owner of the task: saves of earlier owners are refused from now on. */
  async claim(taskId: string): Promise<number> {
    return this.#ask('claim', taskId, () => this.#records.claim(taskId))
  }

  #ask<T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> {
    text(`call ${operation}`, 'taskId', key)
    return ask(this.#name, operation, key, fn)
  }
}

function checkFence(action: string, fence: number | undefined): void {
  if (fence !== undefined) integer(action, 'fence', fence, 0)
}

/** The checkpoint of a record, or undefined when it is damaged. */
function read(record: string | undefined): Checkpoint | undefined {
  try {
    const value = decodeText(record ?? '')
    return typeof value === 'object' && value !== null && 'taskId' in value ? (value as Checkpoint) : undefined // saved above
  } catch {
    return undefined
  }
}
