import assert from 'node:assert/strict'

let open = 0
let most = 0
const connect = async () => {
  most = Math.max(most, ++open)
  return {
    alive: true,
    query: async (text: string) => `rows of ${text}`,
    close: async () => void (open -= 1),
  }
}

// #region show
import { scope } from 'go-go-scope'

{
  await using s = scope({ name: 'app' })

  const connections = s.pool({
    create: () => connect(),
    destroy: (connection) => connection.close(),
    healthCheck: ({ alive }) => ({ healthy: alive }),
    max: 4,
    acquireTimeout: 2_000,
    idleTimeout: 60_000,
  })

  const results = await s.parallel(
    Array.from({ length: 20 }, (_, id) => async ({ signal }) => {
      await using lease = await connections.lease({ signal })
      return lease.resource.query(`order ${id}`)
    }),
  )
  console.log(
    results.filter(([err]) => !err).length,
    'queries,',
    connections.stats.total,
    'connections',
  )
} // all of them are closed here
// #endregion show
assert.equal(open, 0)
assert.equal(most, 4)
