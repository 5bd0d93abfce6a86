/** The laws of structured concurrency, on random trees of scopes and tasks. */

import type { Kit } from './kit.js'
import { breachesOf, growTree, type Pick } from './law-trees.js'

const batches = 8
const treesInBatch = 25

export function laws(kit: Kit): void {
  const { lib, test, testing } = kit
  const assert: Chai.AssertStatic = kit.assert
  const seeded = (seed: number): Pick => {
    const next = testing.random(seed)
    return (below) => Math.floor(next() * below)
  }

  for (let batch = 0; batch < batches; batch++) {
    const from = batch * treesInBatch
    test(`laws: trees ${from} to ${from + treesInBatch - 1} keep them all`, async () => {
      for (let seed = from; seed < from + treesInBatch; seed++) {
        const breaches = await breachesOf(lib, testing, growTree(seeded(seed)))
        assert.lengthOf(breaches, 0, `tree ${seed}: ${breaches.join('; ')}`)
      }
    })
  }

  test('laws: a tree that breaks one is found out', async () => {
    // The laws are only worth something if they can be broken: this library forgets one report.
    const forgetful = {
      ...lib,
      scope: ((options: Parameters<typeof lib.scope>[0]) =>
        lib.scope({ ...options, onUnhandled: () => {} })) as typeof lib.scope,
    }
    let found = 0
    for (let seed = 0; seed < 20; seed++) found += (await breachesOf(forgetful, testing, growTree(seeded(seed)))).length
    assert.isAbove(found, 0)
  })
}
