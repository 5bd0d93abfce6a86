/** What scopes of two processes share through a server. */
import assert from 'node:assert/strict'
import { scope } from 'go-go-scope'
import { freshKey, until } from './kit.mjs'

/** `one` and `two` are the providers of two processes. */
export function scopeCases(test, { one, two }) {
  /** Runs `fn` with a scope of each. */
  async function withScopes(name, options, fn) {
    const scopes = [one, two].map((persistence) => scope({ name, persistence, ...options }))
    try {
      await fn(...scopes)
    } finally {
      for (const each of scopes) await each[Symbol.asyncDispose]()
    }
  }

  test('scopes: a lock of one is waited for by the other, and its fence is higher', () =>
    withScopes('lock', {}, async (a, b) => {
      const key = freshKey()
      const first = await a.acquireLock(key, { ttl: 10_000 })
      assert.equal(await b.acquireLock(key, { wait: false }), null)
      const waiting = b.acquireLock(key)
      await first.release()
      const second = await waiting
      assert.ok(second.fence > first.fence)
      assert.equal(second.isHeld, true)
    }))

  test('scopes: a lock is extended while it is held, and its loss is told', () =>
    withScopes('lock', {}, async (a, b) => {
      const key = freshKey()
      const lock = await a.acquireLock(key, { ttl: 600 })
      const end = performance.now() + 900
      await until(() => performance.now() > end)
      assert.equal(await b.acquireLock(key, { wait: false }), null)
      assert.equal(lock.isHeld, true)
      await two.lock.forceRelease(key)
      await until(() => lock.signal.aborted)
      assert.equal(lock.signal.reason.name, 'LockLostError')
    }))

  test('scopes: a lock ends with its scope', async () => {
    const key = freshKey()
    await withScopes('lock', {}, (a) => a.acquireLock(key, { ttl: 60_000 }))
    assert.notEqual(await one.lock.acquire(key, 1), null)
  })

  test('scopes: failures in both open the breaker of both', () =>
    withScopes(freshKey('breaker'), { circuitBreaker: { failureThreshold: 4, resetTimeout: 60_000 } }, async (a, b) => {
      const fails = () => Promise.reject(new Error('down'))
      for (const s of [a, b, a, b]) assert.match((await s.task(fails))[0].message, /down/)
      await until(async () => {
        const errors = [await a.task(fails), await b.task(fails)].map(([error]) => error.name)
        return errors.every((name) => name === 'CircuitOpenError')
      })
    }))

  test('scopes: a value that one has memoised is there for the other', () =>
    withScopes('memo', {}, async (a, b) => {
      const key = freshKey()
      const value = { at: new Date(5), list: [undefined, 5n] }
      assert.deepEqual(await a.task(() => value, { memo: { key, ttl: 60_000 } }), [undefined, value])
      const again = await b.task(() => assert.fail('ran again'), { memo: { key, ttl: 60_000 } })
      assert.deepEqual(again, [undefined, value])
    }))

  test('scopes: a task goes on where one that seems dead has left it, which may save no more', () =>
    withScopes('job', {}, async (a, b) => {
      const id = freshKey('task')
      const options = { id, checkpoint: {} }
      const { promise: takenOver, resolve: takeOver } = Promise.withResolvers()
      const older = a.task(async ({ checkpoint }) => {
        await checkpoint.save({ row: 1, at: new Date(5) })
        await takenOver
        await checkpoint.save({ row: 2 })
      }, options)
      await until(() => one.checkpoint.loadLatest(id))
      const newer = await b.task(async ({ checkpoint }) => {
        const { data } = checkpoint
        await checkpoint.save({ row: 10 })
        takeOver()
        const [error] = await older
        return { data, error }
      }, options)
      assert.equal(newer[0], undefined)
      assert.deepEqual(newer[1].data, { row: 1, at: new Date(5) })
      assert.equal(newer[1].error.name, 'CheckpointFencedError')
      assert.deepEqual(await one.checkpoint.list(id), [])
    }))
}
