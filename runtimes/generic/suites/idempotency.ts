/** What every provider of idempotent values must do. */

import type { IdempotencyProvider } from '../../../src/persist/types.js'
import { oddKeys, type ProviderSuite, rejection, withProvider } from './kit.js'

const ttl = 2_000
const over = ttl + 100

/**
 * Registers the tests that every provider of idempotent values must pass; of what it may leave out, what it has.
 *
 * @example
 * ```ts
 * idempotencyProviderSuite({ test, assert, open: () => ({ provider: new InMemoryIdempotencyProvider() }) })
 * ```
 */
export function idempotencyProviderSuite(suite: ProviderSuite<IdempotencyProvider>): void {
  const { assert } = suite
  const test = (title: string, fn: Parameters<typeof withProvider<IdempotencyProvider>>[3]): void =>
    withProvider(suite, 'idempotency provider', title, fn)

  test('keeps values, each under its key, until they are deleted', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.get('k'), null)
    const values = [null, 0, '', false, 'text', [1, [2]], { deep: { list: [null] } }]
    for (const [n, value] of values.entries()) await provider.set(`k${n}`, value)
    for (const [n, value] of values.entries()) assert.deepEqual((await theirs.get(`k${n}`))?.value, value)
    await provider.set('k0', 'again')
    assert.strictEqual((await theirs.get('k0'))?.value, 'again')
    await theirs.delete('k0')
    await theirs.delete('unknown')
    assert.strictEqual(await provider.get('k0'), null)
    assert.strictEqual((await provider.get('k1'))?.value, 0)
  })

  test('a value is over with its time, one without a time never', async ({ provider, pass }) => {
    await provider.set('short', 1, ttl)
    await provider.set('renewed', 1, ttl)
    await provider.set('ever', 1)
    await provider.set('renewed', 2)
    const { expiresAt } = (await provider.get('short')) ?? {}
    assert.strictEqual(expiresAt === undefined || Math.abs(expiresAt - ttl - Date.now()) < ttl, true, 'when it expires')
    await pass(over)
    assert.strictEqual(await provider.get('short'), null)
    assert.strictEqual((await provider.get('renewed'))?.value, 2)
    assert.strictEqual((await provider.get('ever'))?.value, 1)
  })

  test('a key is reserved by one, until it gives it back', async ({ provider, another }) => {
    if (provider.reserve === undefined) return
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.reserve('k'), true)
    assert.strictEqual(await theirs.reserve?.('k'), false)
    assert.strictEqual(await theirs.reserve?.('other'), true)
    assert.strictEqual(await provider.get('k'), null, 'a reservation is no value')
    await provider.release?.('k')
    assert.strictEqual(await theirs.reserve?.('k'), true)
  })

  test('a late release frees nobody else', async ({ provider, another, pass }) => {
    if (provider.reserve === undefined || another === undefined) return
    const theirs = await another()
    await provider.reserve('k', ttl)
    await theirs.release?.('k')
    assert.strictEqual(await theirs.reserve?.('k'), false, 'it is not theirs to free')
    await pass(over)
    assert.strictEqual(await theirs.reserve?.('k'), true, 'its time was over')
    await provider.release?.('k')
    assert.strictEqual(await provider.reserve('k'), false)
  })

  test('a reservation is extended by who has it', async ({ provider, another, pass }) => {
    if (provider.extend === undefined) return
    const theirs = await another?.()
    await provider.reserve?.('k', ttl)
    await pass(ttl * 0.6)
    if (theirs !== undefined) assert.strictEqual(await theirs.extend?.('k', ttl), false)
    assert.strictEqual(await provider.extend('k', ttl), true)
    await pass(ttl * 0.6)
    assert.strictEqual(await (theirs ?? provider).reserve?.('k', ttl), false)
    await pass(ttl * 0.6)
    assert.strictEqual(await provider.extend('k', ttl), false)
    assert.strictEqual(await provider.extend('unknown', ttl), false)
  })

  test('of many who reserve at once exactly one does', async ({ provider, another }) => {
    if (provider.reserve === undefined) return
    const theirs = (await another?.()) ?? provider
    const asked = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? provider : theirs).reserve?.('k', ttl))
    assert.strictEqual((await Promise.all(asked)).filter((each) => each === true).length, 1)
  })

  test('keys are taken as they are', async ({ provider }) => {
    for (const key of oddKeys) await provider.set(key, key)
    for (const key of oddKeys) assert.strictEqual((await provider.get(key))?.value, key, key)
  })

  test('misuse is refused', async ({ provider }) => {
    assert.strictEqual((await rejection(() => provider.set('', 1))) instanceof RangeError, true)
    assert.strictEqual((await rejection(() => provider.set('k', 1, -1))) instanceof RangeError, true)
    assert.strictEqual((await rejection(() => provider.set(5 as never, 1))) instanceof TypeError, true)
  })
}
