/** The checkpoint providers of browsers: IndexedDB. */
import { Elsewhere } from '../generic/elsewhere.js'

export { IndexedDBCheckpointProvider } from './indexeddb-checkpoints.js'

const here = 'IndexedDBCheckpointProvider'

/** Needs the files of a server. */
export class FileCheckpointProvider extends Elsewhere {
  constructor(_folder: string, _options?: object) {
    super('FileCheckpointProvider', here)
  }
}

/** Needs a Durable Object. */
export class DurableObjectCheckpointProvider extends Elsewhere {
  constructor(_storage: object, _options?: object) {
    super('DurableObjectCheckpointProvider', here)
  }
}
