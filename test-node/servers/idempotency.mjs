/** What an idempotency provider of a server does. */
import assert from 'node:assert/strict'
import { freshKey, hostileKeys, times, until } from './kit.mjs'

const values = [
  null,
  false,
  0,
  '',
  'text',
  [],
  {},
  { done: true, value: null },
  [[1, { a: '\0\ud800' }]],
  1e300,
  '😀',
  undefined,
  Number.NaN,
  -0,
  5n,
  new Date(5),
  new Map([[1, new Set(['a'])]]),
  new Uint8Array([1, 2]),
  { $go: 'Date' },
]

export function idempotencyCases(test, { one, two, scope }) {
  test('idempotency: values come back as they were', async () => {
    const key = freshKey()
    assert.equal(await one.idempotency.get(key), null)
    for (const value of values) {
      await one.idempotency.set(key, value)
      assert.deepEqual(await two.idempotency.get(key), { value })
    }
    await two.idempotency.delete(key)
    assert.equal(await one.idempotency.get(key), null)
  })

  test('idempotency: values expire', async () => {
    const key = freshKey()
    const before = Date.now()
    await one.idempotency.set(key, 'a minute', 60_000)
    const { expiresAt, value } = await one.idempotency.get(key)
    assert.equal(value, 'a minute')
    assert.ok(expiresAt >= before + 59_999 && expiresAt <= Date.now() + 60_001, `${expiresAt - before}`)
    await one.idempotency.set(key, 'short', 30)
    await until(async () => (await one.idempotency.get(key)) === null)
    await one.idempotency.set(key, 'long', 2 ** 40)
    await one.idempotency.set(key, 'over', 0)
    assert.equal(await one.idempotency.get(key), null)
    await one.idempotency.set(key, 'for a while', 60_000)
    await one.idempotency.set(key, 'for ever', Infinity)
    assert.deepEqual(await one.idempotency.get(key), { value: 'for ever' })
  })

  test('idempotency: of many at once, one reserves a key', async () => {
    for (let round = 0; round < 5; round++) {
      const key = freshKey()
      const answers = await times(40, (at) => [one, two][at % 2].idempotency.reserve(key, 60_000))
      assert.equal(answers.filter(Boolean).length, 1)
    }
  })

  test('idempotency: a reservation ends by itself, and its late release frees nobody else’s', async () => {
    const key = freshKey()
    assert.equal(await one.idempotency.reserve(key, 30), true)
    await until(() => two.idempotency.reserve(key, 60_000))
    assert.equal(await one.idempotency.extend(key, 60_000), false)
    await one.idempotency.release(key)
    await one.idempotency.release(key)
    assert.equal(await one.idempotency.reserve(key, 60_000), false)
    await two.idempotency.release(key)
    assert.equal(await one.idempotency.reserve(key, 60_000), true)
    await one.idempotency.release(key)
  })

  test('idempotency: a reservation that is renewed stays, one without a time too', async () => {
    const key = freshKey()
    assert.equal(await two.idempotency.extend(key, 60_000), false)
    assert.equal(await one.idempotency.reserve(key, 60_000), true)
    assert.equal(await one.idempotency.extend(key, 120_000), true)
    assert.equal(await two.idempotency.reserve(key, 60_000), false)
    assert.equal(await one.idempotency.extend(key, 0), true)
    assert.equal(await one.idempotency.extend(key, 60_000), false)
    assert.equal(await two.idempotency.reserve(key), true)
    assert.equal(await one.idempotency.reserve(key), false)
    await two.idempotency.release(key)
  })

  test('idempotency: a reservation whose answer was lost is found again, for its whole time', async () => {
    const key = freshKey()
    const { idempotency, state } = one.lossy
    state.lost = 1
    await assert.rejects(idempotency.reserve(key, 200), /connection lost/)
    assert.equal(await idempotency.reserve(key, 60_000), true)
    assert.equal(await idempotency.reserve(key, 60_000), false)
    const end = performance.now() + 250
    await until(() => performance.now() > end)
    assert.equal(await two.idempotency.reserve(key, 60_000), false)
    state.lost = 1
    await assert.rejects(idempotency.release(key), /connection lost/)
    assert.equal(await two.idempotency.reserve(key, 60_000), true)
    assert.equal(await idempotency.reserve(key, 60_000), false)
    await two.idempotency.release(key)
  })

  test('idempotency: locks, values and reservations of one key have nothing to do with one another', async () => {
    const key = freshKey()
    const lock = await one.lock.acquire(key, 60_000)
    assert.equal(await one.idempotency.reserve(key, 60_000), true)
    await one.cache.set(key, 'cached')
    assert.equal(await one.idempotency.get(key), null)
    await one.idempotency.set(key, 'stored')
    assert.equal(await one.cache.get(key), 'cached')
    await one.idempotency.release(key)
    assert.equal(await lock.isValid(), true)
    assert.deepEqual(await one.idempotency.get(key), { value: 'stored' })
  })

  test('idempotency: hostile keys are all different, huge values fit', async () => {
    await Promise.all(hostileKeys.map((key, at) => one.idempotency.set(key, at)))
    for (const [at, key] of hostileKeys.entries()) {
      assert.deepEqual(await two.idempotency.get(key), { value: at })
      assert.equal(await two.idempotency.reserve(key, 60_000), true)
    }
    const huge = 'ä'.repeat(1_000_000)
    await one.idempotency.set('huge', huge)
    assert.equal((await two.idempotency.get('huge')).value, huge)
    await Promise.all(hostileKeys.map((key) => two.idempotency.release(key)))
  })

  test('idempotency: misuse is refused before anything is stored', async () => {
    await assert.rejects(one.idempotency.set('a', 1, -1), RangeError)
    await assert.rejects(one.idempotency.set('', 1), RangeError)
    await assert.rejects(one.idempotency.set('cyclic', cyclic()), /^TypeError: Cannot encode value.itself/)
    assert.equal(await one.idempotency.get('cyclic'), null)
  })

  test('idempotency: tasks of two scopes run once', async () => {
    const key = freshKey()
    let runs = 0
    const body = async () => {
      runs += 1
      await one.idempotency.get('anything')
      return { runs }
    }
    const results = await times(10, async (at) => {
      const s = scope({ persistence: { idempotency: [one, two][at % 2].idempotency } })
      try {
        return await s.task(body, { idempotency: { key, wait: true } })
      } finally {
        await s[Symbol.asyncDispose]()
      }
    })
    assert.equal(runs, 1)
    for (const result of results) assert.deepEqual(result, [undefined, { runs: 1 }])
  })
}

function cyclic() {
  const value = {}
  value.itself = value
  return value
}
