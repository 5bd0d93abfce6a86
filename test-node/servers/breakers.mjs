/** What a provider of breaker states on a server does. */
import assert from 'node:assert/strict'
import { freshKey, hostileKeys, times, until } from './kit.mjs'

const open = { state: 'open', failureCount: 5, lastFailureTime: 1_700_000_000_000.25, lastSuccessTime: 12 }

export function breakerCases(test, { one, two }) {
  const [a, b] = [one.circuitBreaker, two.circuitBreaker]

  test('breaker: a state comes back as it was', async () => {
    const key = freshKey()
    assert.equal(await a.getState(key), null)
    for (const state of [open, { state: 'closed', failureCount: 0 }, { state: 'half-open', failureCount: 2 ** 40 }]) {
      await a.setState(key, state)
      assert.deepEqual(await b.getState(key), state)
    }
  })

  test('breaker: each failure counts once, and opens it at the limit', async () => {
    const key = freshKey()
    const counts = await times(40, (at) => [a, b][at % 2].recordFailure(key, 41))
    assert.deepEqual(
      counts.sort((x, y) => x - y),
      Array.from({ length: 40 }, (_, at) => at + 1),
    )
    assert.equal((await b.getState(key)).state, 'closed')
    assert.equal(await a.recordFailure(key, 41), 41)
    const { state, failureCount, lastFailureTime } = await b.getState(key)
    assert.deepEqual([state, failureCount], ['open', 41])
    assert.ok(Math.abs(lastFailureTime - Date.now()) < 10_000)
    assert.equal(await a.recordFailure(freshKey(), 1), 1)
    assert.equal(await a.recordFailure(freshKey(), Infinity), 1)
  })

  test('breaker: a success ends the failures in a row, and leaves an open one open', async () => {
    const key = freshKey()
    await a.recordSuccess(key)
    assert.equal((await a.getState(key)).failureCount, 0)
    await a.recordFailure(key, 3)
    await b.recordSuccess(key)
    const { state, failureCount, lastSuccessTime } = await a.getState(key)
    assert.deepEqual([state, failureCount], ['closed', 0])
    assert.ok(Math.abs(lastSuccessTime - Date.now()) < 10_000)
    assert.equal(await a.recordFailure(key, 2), 1)
    assert.equal(await a.recordFailure(key, 2), 2)
    await b.recordSuccess(key)
    assert.deepEqual((await a.getState(key)).state, 'open')
    assert.equal((await a.getState(key)).failureCount, 2)
    await a.setState(key, { state: 'half-open', failureCount: 2 })
    await a.recordFailure(key, 1)
    assert.equal((await a.getState(key)).state, 'half-open')
  })

  test('breaker: one of many replaces a state', async () => {
    const key = freshKey()
    const first = await times(20, (at) => [a, b][at % 2].replaceState(key, null, { ...open, lastSuccessTime: at }))
    assert.equal(first.filter(Boolean).length, 1)
    assert.equal((await a.getState(key)).lastSuccessTime, first.indexOf(true))
    const found = await a.getState(key)
    const half = { state: 'half-open', failureCount: 5 }
    const second = await times(20, (at) => [a, b][at % 2].replaceState(key, found, { ...half, lastFailureTime: at }))
    assert.equal(second.filter(Boolean).length, 1)
    assert.deepEqual(await b.getState(key), { ...half, lastFailureTime: second.indexOf(true) })
    assert.equal(await a.replaceState(key, null, open), false)
    await a.recordFailure(key, 5) // by the server's time
    assert.equal(await b.replaceState(key, await a.getState(key), open), true)
  })

  test('breaker: a subscriber hears of what others change, until it leaves', async () => {
    const key = freshKey()
    const heard = []
    const undo = a.subscribe(key, (state) => heard.push(state))
    const alsoHeard = []
    const undoOther = a.subscribe(freshKey(), (state) => alsoHeard.push(state))
    await until(async () => {
      await b.setState(key, open)
      return heard.length > 0
    })
    await until(async () => {
      await b.recordFailure(key, 1)
      return heard.at(-1).failureCount > 5
    })
    assert.deepEqual(heard[0], open)
    assert.equal(alsoHeard.length, 0)
    undo()
    undo()
    undoOther()
    const count = heard.length
    const again = []
    const undoAgain = a.subscribe(key, (state) => again.push(state))
    await until(async () => {
      await b.recordSuccess(key)
      return again.length > 0
    })
    undoAgain()
    assert.equal(heard.length, count)
  })

  test('breaker: a listener that throws is told of and stops no other', async () => {
    const key = freshKey()
    const heard = []
    const undos = [
      a.subscribe(key, () => {
        throw new Error('listener')
      }),
      a.subscribe(key, (state) => heard.push(state)),
    ]
    const before = one.errors.length
    // Each begins to hear when the name of its key is worked out, in whatever order.
    await until(async () => {
      await b.setState(key, open)
      return heard.length > 0 && one.errors.length > before
    })
    assert.match(String(one.errors[before]), /listener/)
    for (const undo of undos) undo()
  })

  test('breaker: without a subscriber there is nothing to subscribe to', () => {
    assert.equal(one.silentBreaker.subscribe, undefined)
  })

  test('breaker: hostile keys are all different', async () => {
    for (const key of hostileKeys) assert.equal(await a.recordFailure(key, 5), 1)
    for (const [at, key] of hostileKeys.entries()) await a.setState(key, { state: 'open', failureCount: at })
    for (const [at, key] of hostileKeys.entries()) assert.equal((await b.getState(key)).failureCount, at)
  })

  test('breaker: misuse is refused', async () => {
    await assert.rejects(a.setState('a', { state: 'ajar', failureCount: 0 }), RangeError)
    await assert.rejects(a.setState('a', { state: 'open', failureCount: -1 }), RangeError)
    await assert.rejects(a.setState('a', { state: 'open', failureCount: 1, lastFailureTime: Number.NaN }), RangeError)
    await assert.rejects(a.setState('a', null), TypeError)
    await assert.rejects(a.recordFailure('a', 0), RangeError)
    assert.throws(() => a.subscribe('a', 'no function'), TypeError)
  })
}
