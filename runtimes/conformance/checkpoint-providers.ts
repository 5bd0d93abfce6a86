/** The checkpoint providers: the host's own and that of memory do what all do, the others say which one to use. */

import type { Kit } from './kit.js'

/** The provider of each environment. */
const own = {
  node: 'FileCheckpointProvider',
  deno: 'FileCheckpointProvider',
  bun: 'FileCheckpointProvider',
  browser: 'IndexedDBCheckpointProvider',
  workerd: 'DurableObjectCheckpointProvider',
} as const

export function checkpointProviders(kit: Kit): void {
  const { lib, testing, test, env } = kit
  const assert: Chai.AssertStatic = kit.assert
  const memory = new lib.InMemoryCheckpointProvider()
  testing.checkpointProviderSuite({ test: (name, fn) => test(`memory: ${name}`, fn), assert, open: () => memory })
  testing.checkpointProviderSuite({
    test: (name, fn) => test(`the store of the host: ${name}`, fn),
    assert,
    open: kit.openCheckpoints,
  })

  test('checkpoint providers: those of other hosts name the one to use', () => {
    const makers: Readonly<Record<string, () => unknown>> = {
      FileCheckpointProvider: () => new lib.FileCheckpointProvider('folder'),
      IndexedDBCheckpointProvider: () => new lib.IndexedDBCheckpointProvider(),
      DurableObjectCheckpointProvider: () => new lib.DurableObjectCheckpointProvider({} as never),
    }
    for (const [name, make] of Object.entries(makers)) {
      if (name === own[env.name]) continue
      assert.throws(make, TypeError, new RegExp(`Cannot create ${name}: .* use ${own[env.name]} here`))
    }
  })
}
