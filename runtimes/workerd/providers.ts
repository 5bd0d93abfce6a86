/** The checkpoint providers of workerd: Durable Objects. Its imitation of Node has files, but they vanish with the request. */
import { Elsewhere } from '../generic/elsewhere.js'

export { DurableObjectCheckpointProvider } from './durable-checkpoints.js'

const here = 'DurableObjectCheckpointProvider'

/** Needs the files of a server. */
export class FileCheckpointProvider extends Elsewhere {
  constructor(_folder: string, _options?: object) {
    super('FileCheckpointProvider', here)
  }
}

/** Needs a browser. */
export class IndexedDBCheckpointProvider extends Elsewhere {
  constructor(_options?: object) {
    super('IndexedDBCheckpointProvider', here)
  }
}
