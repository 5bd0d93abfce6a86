/** What every cache must do. */

import type { CacheProvider } from '../../../src/persist/types.js'
import { oddKeys, type ProviderSuite, rejection, withProvider } from './kit.js'

const ttl = 2_000
const over = ttl + 100

/**
 * Registers the tests that every cache must pass.
 *
 * @example
 * ```ts
 * cacheProviderSuite({ test, assert, open: () => ({ provider: new InMemoryCache() }) })
 * ```
 */
export function cacheProviderSuite(suite: ProviderSuite<CacheProvider>): void {
  const { assert } = suite
  const test = (title: string, fn: Parameters<typeof withProvider<CacheProvider>>[3]): void =>
    withProvider(suite, 'cache', title, fn)

  test('keeps values, each under its key, until they are deleted', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.get('k'), null)
    assert.strictEqual(await provider.has('k'), false)
    const values = [0, '', false, 'text', [1, [2]], { deep: { list: [null] } }]
    for (const [n, value] of values.entries()) await provider.set(`k${n}`, value)
    for (const [n, value] of values.entries()) assert.deepEqual(await theirs.get(`k${n}`), value)
    assert.strictEqual(await theirs.has('k1'), true)
    await theirs.delete('k0')
    await theirs.delete('unknown')
    assert.strictEqual(await provider.get('k0'), null)
    await theirs.clear()
    assert.deepEqual(await provider.keys(), [])
    assert.strictEqual(await provider.get('k1'), null)
  })

  test('a value is over with its time, one without a time never', async ({ provider, pass }) => {
    await provider.set('short', 1, ttl)
    await provider.set('ever', 1)
    await provider.set('renewed', 1, ttl)
    await provider.set('renewed', 2)
    await pass(over)
    assert.deepEqual([await provider.get('short'), await provider.has('short')], [null, false])
    assert.deepEqual([await provider.get('ever'), await provider.get('renewed')], [1, 2])
    assert.deepEqual((await provider.keys()).sort(), ['ever', 'renewed'])
  })

  test('tells the keys that match a pattern', async ({ provider }) => {
    for (const key of ['user:1', 'user:2', 'post:1', 'a.b', 'axb', 'a?b', '[ab]', 'a%b', 'a_b'])
      await provider.set(key, 1)
    const keys = async (pattern?: string): Promise<string[]> => (await provider.keys(pattern)).sort()
    assert.strictEqual((await keys()).length, 9)
    assert.deepEqual(await keys('user:*'), ['user:1', 'user:2'])
    assert.deepEqual(await keys('*:1'), ['post:1', 'user:1'])
    assert.deepEqual(await keys('u*r:*'), ['user:1', 'user:2'])
    assert.deepEqual(await keys('user'), [])
    for (const plain of ['a.b', 'a?b', '[ab]', 'a%b', 'a_b']) assert.deepEqual(await keys(plain), [plain])
    assert.strictEqual((await keys('*')).length, 9)
  })

  test('keys are taken as they are', async ({ provider }) => {
    for (const key of oddKeys) await provider.set(key, key)
    for (const key of oddKeys) assert.strictEqual(await provider.get(key), key, key)
  })

  test('misuse is refused', async ({ provider }) => {
    assert.strictEqual((await rejection(() => provider.set('', 1))) instanceof RangeError, true)
    assert.strictEqual((await rejection(() => provider.set('k', 1, -1))) instanceof RangeError, true)
  })
}
