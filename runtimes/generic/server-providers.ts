/** The checkpoint providers of Node, Deno and Bun: files. */
import { Elsewhere } from './elsewhere.js'

export { FileCheckpointProvider } from './file-checkpoints.js'

const here = 'FileCheckpointProvider'

/** Needs a browser. */
export class IndexedDBCheckpointProvider extends Elsewhere {
  constructor(_options?: object) {
    super('IndexedDBCheckpointProvider', here)
  }
}

/** Needs a Durable Object. */
export class DurableObjectCheckpointProvider extends Elsewhere {
  constructor(_storage: object, _options?: object) {
    super('DurableObjectCheckpointProvider', here)
  }
}
