/** The neutral package, whatever the export conditions say, with what it takes to bind a host of one's own. */
import '../symbols.js'

export type { Runtime } from '../../src/runtime.js'
export { openScope } from '../../src/scope/scope.js'
export * from '../generic/index.js'
