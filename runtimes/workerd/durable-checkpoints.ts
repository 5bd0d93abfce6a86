/**
 * Checkpoints in the storage of a Durable Object.
 *
 * A record is one value, or when it is long a head and parts, since a value has a limit: 128 kB in the older kind of storage. All
 * of a step is one transaction, and a key holds any text as ASCII.
 */
import { integer, object, text, wrongType } from '../../src/base/options.js'
import { CheckpointCorruptError, CheckpointFencedError } from '../../src/persist/errors.js'
import { providerFailed } from '../../src/persist/errors-provider.js'
import { checkRecord, isRecord, open } from '../../src/persist/record.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'
import type { DurableObjectOptions, DurableStorage, DurableTransaction } from '../generic/options.js'
import { log } from '../generic/web.js'

/** A record that is kept in parts. */
interface Head {
  readonly parts: number
}

/** Characters of a part: at most 2 bytes each, below the limit of either kind of storage. */
const partLength = 60_000

/** How many keys one call takes. */
const batch = 128

/**
 * Keeps checkpoints in a Durable Object's storage, given as `ctx.storage`. A save resolves when it is durable.
 *
 * Trouble with the storage is a `ProviderError` whose `cause` is the error of the host.
 *
 * ```js
 * const s = scope({ persistence: { checkpoint: new DurableObjectCheckpointProvider(this.ctx.storage) } })
 * ```
 */
export class DurableObjectCheckpointProvider implements CheckpointProvider {
  readonly #storage: DurableStorage
  readonly #prefix: string

  constructor(storage: DurableStorage, options: DurableObjectOptions = {}) {
    const action = 'create checkpoint provider'
    if (typeof storage?.transaction !== 'function')
      throw wrongType(action, 'storage', "a Durable Object's storage", storage)
    const { prefix = 'go-go-scope:' } = object(action, 'options', options)
    this.#storage = storage
    this.#prefix = text(action, 'prefix', prefix)
  }

  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { taskId, sequence } = checkRecord(checkpoint)
    const json = JSON.stringify(checkpoint)
    const parts = Array.from({ length: Math.ceil(json.length / partLength) }, (_, at) =>
      json.slice(at * partLength, (at + 1) * partLength),
    )
    await this.#ask('save', taskId, async (transaction, task) => {
      await owned(transaction, task, taskId, fence)
      await remove(transaction, [...(await transaction.list({ prefix: partsOf(task, sequence) })).keys()])
      const long = parts.length > 1
      const values = long ? parts.map((part, at) => [`${partsOf(task, sequence)}${at}`, part]) : []
      values.push([recordOf(task, sequence), long ? { parts: parts.length } : JSON.parse(json)])
      for (const entries of batches(values)) await transaction.put(Object.fromEntries(entries))
    })
    await this.#storage.sync?.()
  }

  loadLatest<T>(taskId: string, onDamaged: (what: string) => void = warn): Promise<Checkpoint<T> | undefined> {
    return this.#ask('loadLatest', taskId, async (transaction, task) => {
      const [newest] = await whole(transaction, task, taskId, 1, onDamaged)
      return newest as Checkpoint<T> | undefined // whoever asks for a task knows its data
    })
  }

  load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    return this.#ask('load', checkpointId, async (transaction) => {
      for await (const [key, value] of each<Head | Checkpoint>(transaction, this.#prefix)) {
        if (!/\/r\d+$/.test(key)) continue
        const record = await assemble(transaction, key, value)
        if (record?.id === checkpointId) return record as Checkpoint<T> // as above
      }
      return undefined
    })
  }

  list(taskId: string): Promise<Checkpoint[]> {
    return this.#ask('list', taskId, async (transaction, task) =>
      (await whole(transaction, task, taskId, Infinity, warn)).reverse(),
    )
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    await this.#ask('cleanup', taskId, async (transaction, task) => {
      const keys: string[] = []
      for await (const [key] of each(transaction, `${task}/r`)) keys.push(key)
      for (const key of keys.slice(0, Math.max(0, keys.length - keep))) {
        const parts = await transaction.list({ prefix: partsOf(task, sequenceOf(key)) })
        await remove(transaction, [key, ...parts.keys()])
      }
    })
  }

  async deleteAll(taskId: string, fence?: number): Promise<void> {
    await this.#ask('deleteAll', taskId, async (transaction, task) => {
      await owned(transaction, task, taskId, fence)
      const keys: string[] = []
      for await (const [key] of each(transaction, `${task}/`)) keys.push(key)
      await remove(transaction, keys)
    })
    await this.#storage.sync?.()
  }

  /** Makes the caller the owner of the task. */
  claim(taskId: string): Promise<number> {
    return this.#ask('claim', taskId, async (transaction, task) => {
      const fence = Math.max(((await transaction.get<number>(`${task}/fence`)) ?? 0) + 1, Date.now())
      await transaction.put({ [`${task}/fence`]: fence })
      return fence
    })
  }

  async #ask<T>(
    operation: string,
    key: string,
    use: (transaction: DurableTransaction, task: string) => Promise<T>,
  ): Promise<T> {
    const task = this.#prefix + (await nameOf(text(`${operation} checkpoints`, 'taskId', key)))
    try {
      return await this.#storage.transaction((transaction) => use(transaction, task))
    } catch (error) {
      const known = error instanceof CheckpointFencedError || error instanceof CheckpointCorruptError
      throw known ? error : providerFailed('checkpoint', operation, key, error)
    }
  }
}

function recordOf(task: string, sequence: number): string {
  return `${task}/r${String(sequence).padStart(16, '0')}`
}

function partsOf(task: string, sequence: number): string {
  return `${task}/p${String(sequence).padStart(16, '0')}/`
}

function sequenceOf(key: string): number {
  return Number(key.slice(-16))
}

async function owned(
  transaction: DurableTransaction,
  task: string,
  taskId: string,
  fence: number | undefined,
): Promise<void> {
  if (fence === undefined) return
  if ((await transaction.get(`${task}/fence`)) !== fence) throw new CheckpointFencedError(taskId)
}

/** The newest whole records, newest first, at most so many. */
async function whole(
  transaction: DurableTransaction,
  task: string,
  taskId: string,
  count: number,
  onDamaged: (what: string) => void,
): Promise<Checkpoint[]> {
  const found: Checkpoint[] = []
  let damaged = 0
  for await (const [key, value] of each<Head | Checkpoint>(transaction, `${task}/r`, true)) {
    const record = await assemble(transaction, key, value)
    if (isRecord(record, taskId) && open(record) !== undefined) found.push(record)
    else {
      damaged++
      onDamaged(`number ${sequenceOf(key)} of ${JSON.stringify(taskId)} in the Durable Object is damaged`)
    }
    if (found.length >= count) break
  }
  if (found.length === 0 && damaged > 0) throw new CheckpointCorruptError(taskId)
  return found
}

/** The record of a value, put together from its parts; `undefined` when one is missing. */
async function assemble(
  transaction: DurableTransaction,
  key: string,
  value: Head | Checkpoint,
): Promise<Checkpoint | undefined> {
  if (!('parts' in value)) return value
  const prefix = key.replace(/\/r(\d+)$/, '/p$1/')
  const parts: string[] = []
  for (let at = 0; at < value.parts; at++) {
    const part = await transaction.get<string>(`${prefix}${at}`)
    if (part === undefined) return undefined
    parts.push(part)
  }
  try {
    return JSON.parse(parts.join('')) as Checkpoint // the caller looks at it
  } catch {
    return undefined
  }
}

/** The values under a prefix, a few at a time: each may be long. */
async function* each<T>(transaction: DurableTransaction, prefix: string, reverse = false): AsyncGenerator<[string, T]> {
  if (reverse) {
    const keys = [...(await transaction.list<T>({ prefix, reverse: true }))]
    yield* keys
    return
  }
  for (let startAfter: string | undefined; ; ) {
    const found = await transaction.list<T>({ prefix, limit: batch, ...(startAfter !== undefined && { startAfter }) })
    yield* found
    if (found.size < batch) return
    startAfter = [...found.keys()].at(-1)
  }
}

async function remove(transaction: DurableTransaction, keys: string[]): Promise<void> {
  for (const some of batches(keys)) await transaction.delete(some)
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / batch) }, (_, at) => items.slice(at * batch, (at + 1) * batch))
}

/** An id as a key: what is not plain ASCII is escaped, and what is too long ends in its digest. */
async function nameOf(taskId: string): Promise<string> {
  const escaped = taskId.replaceAll(
    /[^A-Za-z0-9_.-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (escaped.length <= 1_000) return escaped
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(escaped))
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${escaped.slice(0, 900)}%${hex}`
}

function warn(what: string): void {
  log('warn', `Checkpoint passed over: ${what}`)
}
