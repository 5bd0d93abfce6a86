/** Every provider of this package passes the suite for its kind, in the engines that have what it needs; elsewhere it says so. */

import type { OpenedProvider, ProviderSuite, VirtualClock } from '../generic/testing.js'
import { thrownBy, timed } from './fixtures.js'
import type { Kit } from './kit.js'

let opened = 0

/** A name that no other test uses. */
function freshName(): string {
  return `test-${++opened}-${Math.random().toString(36).slice(2)}`
}

/** The surroundings of a suite in virtual time. */
function surroundings<P>(kit: Kit, name: string, open: () => OpenedProvider<P>): ProviderSuite<P> {
  let clock: VirtualClock | undefined
  return {
    name,
    assert: kit.assert,
    test: (title, fn) =>
      timed(kit, title, async (installed) => {
        clock = installed
        await fn()
      }),
    open: () => ({ ...open(), pass: async (ms) => clock?.advance(ms) }),
  }
}

export function providers(kit: Kit): void {
  inMemory(kit)
  inFiles(kit)
  inBrowser(kit)
  inDurableObjects(kit)
  absent(kit)
}

function inMemory(kit: Kit): void {
  const { lib, testing } = kit
  testing.lockProviderSuite(
    surroundings(kit, 'InMemoryLockProvider', () => ({ provider: new lib.InMemoryLockProvider() })),
  )
  testing.idempotencyProviderSuite(
    surroundings(kit, 'InMemoryIdempotencyProvider', () => ({ provider: new lib.InMemoryIdempotencyProvider() })),
  )
  testing.circuitBreakerStateProviderSuite(
    surroundings(kit, 'InMemoryCircuitBreakerStateProvider', () => ({
      provider: new lib.InMemoryCircuitBreakerStateProvider(),
    })),
  )
  testing.cacheProviderSuite(surroundings(kit, 'InMemoryCache', () => ({ provider: new lib.InMemoryCache() })))
}

function inFiles(kit: Kit): void {
  const { env, lib, testing } = kit
  const { openFolder } = env
  if (openFolder === undefined) return
  testing.lockProviderSuite(
    surroundings(kit, 'FileLockProvider', () => {
      const { path, remove } = openFolder()
      return {
        provider: new lib.FileLockProvider(path),
        another: () => new lib.FileLockProvider(path),
        close: remove,
      }
    }),
  )
}

function inBrowser(kit: Kit): void {
  const { env, lib, testing } = kit
  if (env.name !== 'browser') return
  const remove = (name: string) => (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = () => resolve()
      request.onerror = () => reject(request.error)
      request.onblocked = () => reject(new Error('a provider blocks the deletion of its database'))
    })
  const open =
    <P>(Provider: new (options: { readonly name: string }) => P, suffix = '') =>
    (): OpenedProvider<P> => {
      const name = freshName()
      return { provider: new Provider({ name }), another: () => new Provider({ name }), close: remove(name + suffix) }
    }
  testing.lockProviderSuite(surroundings(kit, 'WebLockProvider', open(lib.WebLockProvider, ':fences')))
  testing.idempotencyProviderSuite(
    surroundings(kit, 'IndexedDBIdempotencyProvider', open(lib.IndexedDBIdempotencyProvider)),
  )
  testing.circuitBreakerStateProviderSuite(
    surroundings(kit, 'IndexedDBCircuitBreakerStateProvider', open(lib.IndexedDBCircuitBreakerStateProvider)),
  )
  testing.cacheProviderSuite(surroundings(kit, 'IndexedDBCacheProvider', open(lib.IndexedDBCacheProvider)))
}

function inDurableObjects(kit: Kit): void {
  const { env, lib, testing } = kit
  const { storage } = env
  if (storage === undefined) return
  const open =
    <P>(make: (prefix: string) => P) =>
    (): OpenedProvider<P> => {
      const prefix = `${freshName()}:`
      return { provider: make(prefix), another: () => make(prefix) }
    }
  testing.lockProviderSuite(
    surroundings(
      kit,
      'DurableObjectLockProvider',
      open((prefix) => new lib.DurableObjectLockProvider(storage, { prefix })),
    ),
  )
  testing.idempotencyProviderSuite(
    surroundings(
      kit,
      'DurableObjectIdempotencyProvider',
      open((prefix) => new lib.DurableObjectIdempotencyProvider(storage, { prefix })),
    ),
  )
  testing.circuitBreakerStateProviderSuite(
    surroundings(
      kit,
      'DurableObjectCircuitBreakerStateProvider',
      open((prefix) => new lib.DurableObjectCircuitBreakerStateProvider(storage, { prefix })),
    ),
  )
  testing.cacheProviderSuite(
    surroundings(
      kit,
      'DurableObjectCacheProvider',
      open((prefix) => new lib.DurableObjectCacheProvider(storage, { prefix })),
    ),
  )
}

/** Which providers each host has, besides those in memory. */
const homes = {
  FileLockProvider: ['node', 'deno', 'bun'],
  FileCheckpointProvider: ['node', 'deno', 'bun'],
  IndexedDBCheckpointProvider: ['browser'],
  DurableObjectCheckpointProvider: ['workerd'],
  WebLockProvider: ['browser'],
  IndexedDBIdempotencyProvider: ['browser'],
  IndexedDBCircuitBreakerStateProvider: ['browser'],
  IndexedDBCacheProvider: ['browser'],
  DurableObjectLockProvider: ['workerd'],
  DurableObjectIdempotencyProvider: ['workerd'],
  DurableObjectCircuitBreakerStateProvider: ['workerd'],
  DurableObjectCacheProvider: ['workerd'],
} as const

function absent(kit: Kit): void {
  const assert: Chai.AssertStatic = kit.assert
  for (const name of Object.keys(homes) as (keyof typeof homes)[]) {
    const here: readonly string[] = homes[name]
    const Provider = kit.lib[name] as new (...args: never[]) => object
    if (here.includes(kit.env.name)) {
      kit.test(`${name}: refuses wrong arguments`, () => {
        assert.instanceOf(
          thrownBy(() => new Provider(...([5, 5] as never[]))),
          TypeError,
        )
      })
      continue
    }
    kit.test(`${name}: where it cannot be, it says what to use instead`, () => {
      const error = thrownBy(() => new Provider())
      assert.instanceOf(error, TypeError)
      assert.match((error as Error).message, new RegExp(`^Cannot create ${name}: this runtime has no .*; use .+`))
    })
  }
}
