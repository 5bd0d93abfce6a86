/** The testing tools, safe to import before the package itself. */
import '../symbols.js'

export * from '../../src/testing/index.js'
export { type CheckpointSuite, checkpointProviderSuite, type SuiteAssertions } from './checkpoint-suite.js'
