/** What every provider of locks must do. */

import type { LockProvider } from '../../../src/persist/types.js'
import { oddKeys, type ProviderSuite, rejection, withProvider } from './kit.js'

const ttl = 2_000
const over = ttl + 100

/**
 * Registers the tests that every provider of locks must pass, those of this package included. Times are in seconds, so that
 * slow stores pass; give `pass` where the clock can be moved.
 *
 * @example
 * ```ts
 * lockProviderSuite({ test, assert, open: () => ({ provider: new InMemoryLockProvider() }) })
 * ```
 */
export function lockProviderSuite(suite: ProviderSuite<LockProvider>): void {
  const { assert } = suite
  const test = (title: string, fn: Parameters<typeof withProvider<LockProvider>>[3]): void =>
    withProvider(suite, 'lock provider', title, fn)

  test('a key has one holder, until it gives the lock back', async ({ provider }) => {
    const held = await provider.acquire('k', ttl)
    assert.strictEqual(held === null, false)
    assert.strictEqual(await held?.isValid(), true)
    assert.strictEqual(await provider.acquire('k', ttl), null)
    assert.strictEqual((await provider.acquire('other', ttl)) === null, false)
    await held?.release()
    assert.strictEqual(await held?.isValid(), false)
    assert.strictEqual((await provider.acquire('k', ttl)) === null, false)
  })

  test('another process is kept out, and comes next', async ({ provider, another }) => {
    if (another === undefined) return
    const theirs = await another()
    const held = await provider.acquire('k', ttl, 'me')
    assert.strictEqual(await theirs.acquire('k', ttl, 'them'), null)
    await held?.release()
    const next = await theirs.acquire('k', ttl, 'them')
    assert.strictEqual(await next?.isValid(), true)
    await held?.release()
    assert.strictEqual(await held?.extend(ttl), false)
    assert.strictEqual(await next?.isValid(), true, 'a late release frees nobody else')
  })

  test('a lock is over with its time', async ({ provider, pass }) => {
    const held = await provider.acquire('k', ttl, 'me')
    await pass(over)
    assert.strictEqual(await held?.isValid(), false)
    assert.strictEqual(await held?.extend(ttl), false)
    const next = await provider.acquire('k', ttl, 'next')
    assert.strictEqual(next === null, false)
    assert.strictEqual(await held?.extend(ttl), false)
    await held?.release()
    assert.strictEqual(await next?.isValid(), true)
  })

  test('an extension counts from when it is made', async ({ provider, pass }) => {
    const held = await provider.acquire('k', ttl, 'me')
    await pass(ttl * 0.6)
    assert.strictEqual(await held?.extend(ttl), true)
    await pass(ttl * 0.6)
    assert.strictEqual(await held?.isValid(), true)
    assert.strictEqual(await provider.acquire('k', ttl, 'them'), null)
    await pass(ttl * 0.6)
    assert.strictEqual(await held?.isValid(), false)
  })

  test('it can be extended by the name of its owner, and by no other', async ({ provider, pass }) => {
    const held = await provider.acquire('k', ttl, 'me')
    assert.strictEqual(await provider.extend('k', ttl, 'them'), false)
    assert.strictEqual(await provider.extend('unknown', ttl, 'me'), false)
    await pass(ttl * 0.6)
    assert.strictEqual(await provider.extend('k', ttl, 'me'), true)
    await pass(ttl * 0.6)
    assert.strictEqual(await held?.isValid(), true)
  })

  test('it can be taken away', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    await theirs.forceRelease('unknown')
    const held = await provider.acquire('k', ttl, 'me')
    await theirs.forceRelease('k')
    const next = await theirs.acquire('k', ttl, 'them')
    assert.strictEqual(await held?.extend(ttl), false)
    assert.strictEqual(await held?.isValid(), false)
    await held?.release()
    assert.strictEqual(await next?.isValid(), true)
  })

  test('fences rise with each holder, where there are fences', async ({ provider, another, pass }) => {
    const theirs = (await another?.()) ?? provider
    const fences: number[] = []
    for (const each of [provider, theirs, provider, theirs]) {
      const held = await each.acquire('k', ttl)
      if (held?.fence === undefined) return
      fences.push(held.fence)
      if (fences.length === 2) await pass(over)
      else await held.release()
    }
    assert.deepEqual(
      fences,
      [...new Set(fences)].sort((a, b) => a - b),
    )
  })

  test('of many who ask at once exactly one is given it', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    for (let round = 0; round < 3; round++) {
      const asked = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? provider : theirs).acquire('k', ttl, `o${n}`))
      const given = (await Promise.all(asked)).filter((each) => each !== null)
      // Two that meet may both step back; then nobody has it, and the next one gets it.
      const held = given[0] ?? (await provider.acquire('k', ttl, 'last'))
      assert.strictEqual(given.length <= 1, true, `${given.length} holders`)
      assert.strictEqual(await held?.isValid(), true)
      await held?.release()
    }
  })

  test('keys are taken as they are', async ({ provider }) => {
    for (const key of oddKeys) assert.strictEqual((await provider.acquire(key, ttl)) === null, false, key)
    for (const key of oddKeys) assert.strictEqual(await provider.acquire(key, ttl), null, key)
  })

  test('misuse is refused', async ({ provider }) => {
    for (const [key, time] of [
      ['', ttl],
      ['k', -1],
      ['k', Number.NaN],
    ] as const) {
      assert.strictEqual((await rejection(() => provider.acquire(key, time))) instanceof RangeError, true)
    }
    assert.strictEqual((await rejection(() => provider.acquire(5 as never, ttl))) instanceof TypeError, true)
  })
}
