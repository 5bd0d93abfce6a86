/** Checkpoints on a server. */
import { integer, object, text } from '../../src/base/options.js'
import { decodeText, encodeText } from '../../src/persist/codec.js'
import { CheckpointCorruptError, CheckpointFencedError } from '../../src/persist/errors.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'
import { ask } from './ask.js'

/** What a server must be able to do for checkpoints, each in one step. */
export interface Records {
  /** Keeps the record; false, and nothing kept, when the fence is lower than one claimed. */
  put(taskId: string, id: string, sequence: number, record: string, fence: number | undefined): Promise<boolean>
  /** At most `count` records of a task, newest first. */
  newest(taskId: string, count: number): Promise<readonly string[]>
  find(id: string): Promise<string | undefined>
  /** Deletes all but the newest `keep`. */
  trim(taskId: string, keep: number): Promise<void>
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

  /** Resolves when the server has it. Rejects with a `CheckpointFencedError` once a later owner has claimed the task. */
  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { id, taskId, sequence } = object('save checkpoint', 'checkpoint', checkpoint)
    text('save checkpoint', 'id', id)
    integer('save checkpoint', 'sequence', sequence, 0)
    if (fence !== undefined) integer('save checkpoint', 'fence', fence, 0)
    const record = encodeText(checkpoint, 'checkpoint')
    const saved = await this.#ask('save', taskId, () => this.#records.put(taskId, id, sequence, record, fence))
    if (!saved) throw new CheckpointFencedError(taskId)
  }

  async loadLatest<T>(taskId: string): Promise<Checkpoint<T> | undefined> {
    const [latest] = await this.#ask('loadLatest', taskId, () => this.#records.newest(taskId, 1))
    if (latest === undefined) return undefined
    return (read(latest) ?? (await this.list(taskId)).at(-1)) as Checkpoint<T> // whoever asks for a task knows its data
  }

  async load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    const record = await this.#ask('load', checkpointId, () => this.#records.find(checkpointId))
    return record === undefined ? undefined : (read(record) as Checkpoint<T> | undefined) // as above
  }

  /** Oldest first. Records that somebody has damaged are left out; if all are, it is a `CheckpointCorruptError`. */
  async list(taskId: string): Promise<Checkpoint[]> {
    const records = await this.#ask('list', taskId, () => this.#records.newest(taskId, all))
    const whole = records.map(read).filter((each) => each !== undefined)
    if (whole.length === 0 && records.length > 0) throw new CheckpointCorruptError(taskId)
    return whole.reverse()
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    if (keep === Infinity) return
    await this.#ask('cleanup', taskId, () => this.#records.trim(taskId, keep))
  }

  /** Deletes the task's checkpoints. Its earlier owners stay shut out. */
  async deleteAll(taskId: string): Promise<void> {
    await this.#ask('deleteAll', taskId, () => this.#records.trim(taskId, 0))
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

/** The checkpoint of a record, or undefined when it is damaged. */
function read(record: string): Checkpoint | undefined {
  try {
    const value = decodeText(record)
    return typeof value === 'object' && value !== null && 'taskId' in value ? (value as Checkpoint) : undefined // saved above
  } catch {
    return undefined
  }
}
