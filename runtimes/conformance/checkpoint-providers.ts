/** The checkpoint providers: the host's own and that of memory do what all do. */

import type { Kit } from './kit.js'

export function checkpointProviders(kit: Kit): void {
  const { lib, testing, test } = kit
  const assert: Chai.AssertStatic = kit.assert
  const memory = new lib.InMemoryCheckpointProvider()
  testing.checkpointProviderSuite({ test: (name, fn) => test(`memory: ${name}`, fn), assert, open: () => memory })
  const { openCheckpoints: open } = kit
  if (open === undefined) return // a Worker without storage
  testing.checkpointProviderSuite({ test: (name, fn) => test(`the store of the host: ${name}`, fn), assert, open })
}
