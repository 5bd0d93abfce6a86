/** The checkpoint providers of an unknown host: none but memory. */
import type { DurableStorage, DurableObjectCheckpointOptions } from '../workerd/durable-checkpoints.js'
import type { IndexedDBCheckpointOptions } from '../browser/indexeddb-checkpoints.js'
import { Elsewhere } from './elsewhere.js'
import type { FileCheckpointOptions } from './file-checkpoints.js'

const here = 'InMemoryCheckpointProvider'

/**
 * Keeps checkpoints in files below `folder`, where there are any: in Node, Deno and Bun. A save resolves when it is on the disk.
 *
 * @throws TypeError on every other host, which names the provider to use there.
 * @example
 * ```ts
 * await using s = scope({ persistence: { checkpoint: new FileCheckpointProvider('./checkpoints') } })
 * await s.resumeTask('import', async ({ checkpoint }) => {
 *   for (let row = Number(checkpoint?.data ?? 0); row < rows.length; row++) await checkpoint?.save(row)
 * })
 * ```
 */
export class FileCheckpointProvider extends Elsewhere {
  constructor(_folder: string, _options?: FileCheckpointOptions) {
    super('FileCheckpointProvider', here)
  }
}

/**
 * Keeps checkpoints in a browser's IndexedDB, in the database of this name. Default: `go-go-scope`.
 *
 * @throws TypeError on every other host, which names the provider to use there.
 * @example
 * ```ts
 * await using s = scope({ persistence: { checkpoint: new IndexedDBCheckpointProvider({ name: 'uploads' }) } })
 * ```
 */
export class IndexedDBCheckpointProvider extends Elsewhere {
  constructor(_options?: IndexedDBCheckpointOptions) {
    super('IndexedDBCheckpointProvider', here)
  }
}

/**
 * Keeps checkpoints in the storage of a Durable Object.
 *
 * @throws TypeError on every other host, which names the provider to use there.
 */
export class DurableObjectCheckpointProvider extends Elsewhere {
  constructor(_storage: DurableStorage, _options?: DurableObjectCheckpointOptions) {
    super('DurableObjectCheckpointProvider', here)
  }
}
