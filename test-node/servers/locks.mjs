/** What a lock provider of a server does. */
import assert from 'node:assert/strict'
import { freshKey, hostileKeys, times, until } from './kit.mjs'

export function lockCases(test, { one, two }) {
  test('lock: of many at once, one holds it', async () => {
    for (let round = 0; round < 5; round++) {
      const key = freshKey()
      const handles = await times(40, (at) => [one, two][at % 2].lock.acquire(key, 60_000))
      assert.equal(handles.filter((handle) => handle !== null).length, 1)
    }
  })

  test('lock: the fence rises with each holder, however the lock was ended', async () => {
    const key = freshKey()
    let last = 0
    for (let at = 0; at < 30; at++) {
      const { lock } = [one, two][at % 2]
      const handle = await lock.acquire(key, at % 3 === 0 ? 1 : 60_000)
      if (handle === null) continue // the millisecond is not over yet
      assert.ok(handle.fence > last, `${handle.fence} after ${last}`)
      last = handle.fence
      if (at % 3 === 1) await lock.forceRelease(key)
      if (at % 3 === 2) await handle.release()
    }
    assert.ok(Number.isSafeInteger(last) && last > 0)
  })

  test('lock: it ends by the clock of the server, and not before', async () => {
    const key = freshKey()
    const first = await one.lock.acquire(key, 60_000)
    assert.equal(await first.isValid(), true)
    const before = performance.now()
    assert.equal(await first.extend(100), true)
    const second = await until(() => two.lock.acquire(key, 60_000))
    assert.ok(performance.now() - before >= 99)
    assert.equal(await first.isValid(), false)
    assert.equal(await second.isValid(), true)
  })

  test('lock: a late holder neither extends nor releases that of another', async () => {
    const key = freshKey()
    const late = await one.lock.acquire(key, 20, 'worker')
    const holder = await until(() => two.lock.acquire(key, 60_000, 'other'))
    assert.equal(await late.extend(60_000), false)
    await late.release()
    assert.equal(await holder.isValid(), true)
    assert.equal(await one.lock.acquire(key, 60_000), null)
    assert.equal(await one.lock.extend(key, 60_000, 'worker'), false)
    await holder.release()
    await holder.release()
    assert.equal(await holder.isValid(), false)
    assert.notEqual(await one.lock.acquire(key, 60_000), null)
  })

  test('lock: a late handle of the same owner neither extends nor releases', async () => {
    const key = freshKey()
    const late = await one.lock.acquire(key, 20, 'worker')
    const holder = await until(() => one.lock.acquire(key, 60_000, 'worker'))
    assert.equal(await late.isValid(), false)
    assert.equal(await late.extend(60_000), false)
    await late.release()
    assert.equal(await holder.isValid(), true)
    await holder.release()
  })

  test('lock: it is not for its owner twice', async () => {
    const key = freshKey()
    const handle = await one.lock.acquire(key, 60_000, 'worker')
    assert.equal(await one.lock.acquire(key, 60_000, 'worker'), null)
    await handle.release()
  })

  test('lock: an extended one is held for that time from then on', async () => {
    const key = freshKey()
    const handle = await one.lock.acquire(key, 60_000, 'worker:1')
    assert.equal(await two.lock.extend(key, 60_000, 'worker:1'), true)
    assert.equal(await two.lock.extend(key, 60_000, 'worker'), false)
    assert.equal(await two.lock.extend(key, 30, 'worker:1'), true)
    await until(async () => !(await handle.isValid()))
    assert.equal(await handle.extend(60_000), false)
    assert.equal(await two.lock.extend(key, 60_000, 'worker:1'), false)
  })

  test('lock: 0 has ended, Infinity never ends, long is long', async () => {
    const key = freshKey()
    const over = await one.lock.acquire(key, 0)
    assert.equal(await over.isValid(), false)
    for (const ttl of [Infinity, Number.MAX_VALUE, 2 ** 40, 0.5]) {
      const handle = await until(() => one.lock.acquire(key, ttl))
      if (ttl > 1) assert.equal(await handle.isValid(), true)
      await handle.release()
    }
    const handle = await one.lock.acquire(key, 60_000)
    assert.equal(await handle.extend(Infinity), true)
    assert.equal(await handle.isValid(), true)
    assert.equal(await handle.extend(0), true)
    assert.equal(await handle.isValid(), false)
  })

  test('lock: misuse is refused', async () => {
    await assert.rejects(one.lock.acquire('', 1), /^RangeError: Cannot call acquire: key/)
    await assert.rejects(one.lock.acquire(5, 1), /^TypeError: Cannot call acquire: key/)
    await assert.rejects(one.lock.acquire('a', -1), /^RangeError: Cannot acquire lock: ttl/)
    await assert.rejects(one.lock.acquire('a', Number.NaN), RangeError)
    await assert.rejects(one.lock.acquire('a', '5'), TypeError)
    await assert.rejects(one.lock.acquire('a', 5, 7), /^TypeError: Cannot acquire lock: owner/)
    await assert.rejects(one.lock.extend('a', 5, ''), RangeError)
  })

  test('lock: hostile keys and owners are all different', async () => {
    const handles = await Promise.all(hostileKeys.map((key) => one.lock.acquire(key, 60_000, key)))
    assert.ok(handles.every((handle) => handle !== null))
    for (const [at, key] of hostileKeys.entries()) {
      assert.equal(await two.lock.acquire(key, 60_000), null)
      assert.equal(await two.lock.extend(key, 60_000, hostileKeys.at(at - 1)), false)
      assert.equal(await two.lock.extend(key, 60_000, key), true)
      await handles[at].release()
      assert.equal(await handles[at].isValid(), false)
    }
  })

  test('lock: a server that lost everything still gives higher fences', async () => {
    const key = freshKey()
    const before = await one.lock.acquire(key, 60_000)
    await one.loseEverything()
    const after = await two.lock.acquire(key, 60_000)
    assert.ok(after.fence > before.fence)
    assert.equal(await before.isValid(), false)
  })

  test('lock: a clock that was set back gives no lower fence', async () => {
    const key = freshKey()
    await (await one.lock.acquire(key, 60_000)).release()
    const future = (Date.now() + 3_600_000) * 1000
    await one.raiseFences(key, future)
    for (const more of [1, 2]) {
      const lock = await two.lock.acquire(key, 60_000)
      assert.equal(lock.fence, future + more)
      await lock.release()
    }
  })
}
