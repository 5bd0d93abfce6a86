/** Providers over files, for hosts that have none. */

import { AbsentCheckpointProvider, AbsentLockProvider } from './absent.js'
import type { FileCheckpointOptions } from './options.js'

/** Locks that the processes of one machine share through a folder: in Node, Deno and Bun. */
export class FileLockProvider extends AbsentLockProvider {
  /** Locks in this folder, which is made when it is first needed. */
  constructor(_folder: string) {
    super('FileLockProvider', 'files', 'WebLockProvider in browsers, DurableObjectLockProvider in workerd')
  }
}

/**
 * Keeps checkpoints in files below `folder`, which is made when it is first needed: in Node, Deno and Bun. A save resolves when it
 * is on the disk.
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
export class FileCheckpointProvider extends AbsentCheckpointProvider {
  /** Files below this folder. */
  constructor(_folder: string, _options?: FileCheckpointOptions) {
    super(
      'FileCheckpointProvider',
      'lasting files',
      'IndexedDBCheckpointProvider in browsers, DurableObjectCheckpointProvider in workerd',
    )
  }
}
