/** What a cache on a server does. */
import assert from 'node:assert/strict'
import { freshKey, hostileKeys, times, until } from './kit.mjs'

export function cacheCases(test, { one, two, other }) {
  const [a, b] = [one.cache, two.cache]

  test('cache: values are there until they are deleted', async () => {
    const key = freshKey()
    assert.equal(await a.get(key), null)
    assert.equal(await a.has(key), false)
    await a.set(key, { name: 'Ada' })
    assert.deepEqual(await b.get(key), { name: 'Ada' })
    assert.equal(await b.has(key), true)
    await a.set(key, null)
    assert.equal(await b.get(key), null)
    assert.equal(await b.has(key), true)
    await b.delete(key)
    assert.equal(await a.has(key), false)
  })

  test('cache: values expire, and leave the list', async () => {
    const key = freshKey()
    await a.set(key, 1, 60_000)
    assert.deepEqual(await a.keys(key), [key])
    await a.set(key, 1, 30)
    await until(async () => !(await b.has(key)))
    assert.equal(await b.get(key), null)
    assert.deepEqual(await a.keys(key), [])
    await a.set(key, 1, 60_000)
    await a.set(key, 2, 0)
    assert.equal(await a.has(key), false)
    await a.set(key, 3, 50)
    await a.set(key, 4)
    await a.set(freshKey(), 5, 1)
    assert.equal(await a.get(key), 4)
  })

  test('cache: keys are listed by pattern', async () => {
    await a.clear()
    assert.deepEqual(await a.keys(), [])
    await Promise.all(hostileKeys.map((key, at) => a.set(key, at)))
    assert.deepEqual((await b.keys()).sort(), [...hostileKeys].sort())
    for (const [at, key] of hostileKeys.entries()) assert.equal(await b.get(key), at)
    assert.deepEqual((await b.keys('a\0*')).sort(), ['a\0b', 'a\0c'])
    assert.deepEqual(await b.keys('?[a-z]'), ['?[a-z]'])
    assert.deepEqual((await b.keys('{a}*')).sort(), ['{a}b', '{a}c'])
    assert.deepEqual(await b.keys('*d\r\n'), ['a:b|c\nd\r\n'])
  })

  test('cache: large ones are listed and cleared whole, those of other prefixes stay', async () => {
    await a.clear()
    await times(2_500, (at) => a.set(`item ${at}`, at))
    await other.cache.set('theirs', 'value')
    assert.equal(new Set(await b.keys('item *')).size, 2_500)
    await b.clear()
    assert.deepEqual(await a.keys(), [])
    assert.equal(await a.get('item 1'), null)
    assert.equal(await other.cache.get('theirs'), 'value')
  })

  test('cache: misuse is refused', async () => {
    await assert.rejects(a.set('a', 1, Number.NaN), RangeError)
    await assert.rejects(a.get(''), RangeError)
    await assert.rejects(a.keys(5), TypeError)
  })
}
