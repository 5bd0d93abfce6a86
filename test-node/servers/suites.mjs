/** The suites of `go-go-scope/testing`, which any provider must pass. */
import assert from 'node:assert/strict'
import {
  cacheProviderSuite,
  checkpointProviderSuite,
  circuitBreakerStateProviderSuite,
  idempotencyProviderSuite,
  lockProviderSuite,
} from 'go-go-scope/testing'

let stores = 0

/** `connect(prefix)` gives the providers of a process, `empty` prepares the store for a new prefix. */
export function providerSuites(test, { connect, prepare = async () => {} }) {
  const of = (part) => async () => {
    stores += 1
    const prefix = `suite_${stores}_`
    await prepare(prefix)
    return { provider: connect(prefix)[part], another: () => connect(prefix)[part] }
  }
  lockProviderSuite({ test, assert, open: of('lock') })
  idempotencyProviderSuite({ test, assert, open: of('idempotency') })
  circuitBreakerStateProviderSuite({ test, assert, open: of('circuitBreaker') })
  cacheProviderSuite({ test, assert, open: of('cache') })
  checkpointProviderSuite({ test, assert, open: async () => connect('checkpoints_').checkpoint })
}
