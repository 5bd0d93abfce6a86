/** The testing tools, safe to import before the package itself. */
import '../symbols.js'

export * from '../../src/testing/index.js'
export { preload, virtualTime } from './virtual-time.js'
export { explore } from './explore.js'
export { type CheckpointSuite, checkpointProviderSuite, type SuiteAssertions } from './checkpoint-suite.js'
export { circuitBreakerStateProviderSuite } from './suites/breaker-states.js'
export { cacheProviderSuite } from './suites/caches.js'
export { idempotencyProviderSuite } from './suites/idempotency.js'
export type { OpenedProvider, ProviderSuite, SuiteAssert } from './suites/kit.js'
export { lockProviderSuite } from './suites/locks.js'
