/** Checkpoints in a browser's IndexedDB. */
import { promisifyRequest, type UseStore } from 'idb-keyval'
import { integer, object, text } from '../../src/base/options.js'
import { CheckpointCorruptError, CheckpointFencedError } from '../../src/persist/errors.js'
import { ProviderError, providerFailed } from '../../src/persist/errors-provider.js'
import { checkRecord, isRecord, open } from '../../src/persist/record.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'
import { log } from '../generic/web.js'
import type { IndexedDBOptions } from '../generic/options.js'
import { durableStore } from './database.js'

/**
 * Keeps checkpoints in IndexedDB, which every page and worker of the origin shares. A save resolves when it is on the disk.
 *
 * Trouble with the database, a used up quota among it, is a `ProviderError` whose `cause` is the browser's error.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { checkpoint: new IndexedDBCheckpointProvider({ name: 'uploads' }) } })
 * ```
 */
export class IndexedDBCheckpointProvider implements CheckpointProvider {
  readonly #use: UseStore

  constructor(options: IndexedDBOptions = {}) {
    const action = 'create checkpoint provider'
    const { name = 'go-go-scope' } = object(action, 'options', options)
    this.#use = durableStore(text(action, 'name', name))
  }

  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { taskId, sequence } = checkRecord(checkpoint)
    const plain: unknown = JSON.parse(JSON.stringify(checkpoint)) // as any other store would have it
    await this.#ask('save', taskId, 'readwrite', async (store) => {
      await owned(store, taskId, fence)
      await promisifyRequest(store.put(plain, ['record', taskId, sequence]))
    })
  }

  loadLatest<T>(taskId: string, onDamaged: (what: string) => void = warn): Promise<Checkpoint<T> | undefined> {
    return this.#ask('loadLatest', taskId, 'readonly', async (store) => {
      const [newest] = await whole(store, taskId, 1, onDamaged)
      return newest as Checkpoint<T> | undefined // whoever asks for a task knows its data
    })
  }

  load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    return this.#ask('load', checkpointId, 'readonly', async (store) => {
      const all = IDBKeyRange.bound(['record'], ['record', []]) // arrays come after all else
      for await (const record of newestFirst(store, all)) {
        if ((record as Partial<Checkpoint> | null)?.id === checkpointId) return record as Checkpoint<T> // as above
      }
      return undefined
    })
  }

  list(taskId: string): Promise<Checkpoint[]> {
    return this.#ask('list', taskId, 'readonly', async (store) =>
      (await whole(store, taskId, Infinity, warn)).reverse(),
    )
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    await this.#ask('cleanup', taskId, 'readwrite', async (store) => {
      const keys = await promisifyRequest(store.getAllKeys(recordsOf(taskId)))
      for (const key of keys.slice(0, Math.max(0, keys.length - keep))) await promisifyRequest(store.delete(key))
    })
  }

  async deleteAll(taskId: string, fence?: number): Promise<void> {
    await this.#ask('deleteAll', taskId, 'readwrite', async (store) => {
      await owned(store, taskId, fence)
      await promisifyRequest(store.delete(recordsOf(taskId)))
      await promisifyRequest(store.delete(['fence', taskId]))
    })
  }

  /** Makes the caller the owner of the task, whatever page it is in. */
  claim(taskId: string): Promise<number> {
    return this.#ask('claim', taskId, 'readwrite', async (store) => {
      const last: unknown = await promisifyRequest(store.get(['fence', taskId]))
      const fence = Math.max(Number(last ?? 0) + 1, Date.now())
      await promisifyRequest(store.put(fence, ['fence', taskId]))
      return fence
    })
  }

  async #ask<T>(
    operation: string,
    key: string,
    mode: IDBTransactionMode,
    use: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    text(`${operation} checkpoints`, 'taskId', key)
    try {
      return await this.#use(mode, use)
    } catch (error) {
      if (error instanceof CheckpointFencedError || error instanceof CheckpointCorruptError) throw error
      if (error instanceof Error && error.name === 'QuotaExceededError') {
        const trouble = "failed: the origin's storage quota is used up"
        throw new ProviderError('checkpoint', operation, key, trouble, { cause: error })
      }
      throw providerFailed('checkpoint', operation, key, error)
    }
  }
}

function recordsOf(taskId: string): IDBKeyRange {
  return IDBKeyRange.bound(['record', taskId, 0], ['record', taskId, Infinity])
}

async function owned(store: IDBObjectStore, taskId: string, fence: number | undefined): Promise<void> {
  if (fence === undefined) return
  if ((await promisifyRequest(store.get(['fence', taskId]))) !== fence) throw new CheckpointFencedError(taskId)
}

/** The newest whole records, newest first, at most so many. */
async function whole(
  store: IDBObjectStore,
  taskId: string,
  count: number,
  onDamaged: (what: string) => void,
): Promise<Checkpoint[]> {
  const found: Checkpoint[] = []
  let damaged = 0
  for await (const record of newestFirst(store, recordsOf(taskId))) {
    if (isRecord(record, taskId) && open(record) !== undefined) found.push(record)
    else onDamaged(`record ${++damaged} from the newest of ${JSON.stringify(taskId)} in IndexedDB is damaged`)
    if (found.length >= count) break
  }
  if (found.length === 0 && damaged > 0) throw new CheckpointCorruptError(taskId)
  return found
}

async function* newestFirst(store: IDBObjectStore, range: IDBKeyRange): AsyncGenerator<unknown> {
  const request = store.openCursor(range, 'prev')
  for (let cursor = await promisifyRequest(request); cursor !== null; cursor = await promisifyRequest(request)) {
    yield cursor.value
    cursor.continue()
  }
}

function warn(what: string): void {
  log('warn', `Checkpoint passed over: ${what}`)
}
