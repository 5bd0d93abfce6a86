/** Providers over files, for hosts that have none. */

import { AbsentLockProvider } from './absent.js'

/** Locks that the processes of one machine share through a folder: in Node, Deno and Bun. */
export class FileLockProvider extends AbsentLockProvider {
  /** Locks in this folder, which is made when it is first needed. */
  constructor(_folder: string) {
    super('FileLockProvider', 'files', 'WebLockProvider in browsers, DurableObjectLockProvider in workerd')
  }
}
