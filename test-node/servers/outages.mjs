/** What happens when the server crashes and comes back. */
import assert from 'node:assert/strict'
import { ProviderError } from 'go-go-scope/redis'
import { long } from '../../.ci/run.mjs'
import { freshKey, until } from './kit.mjs'

const checkpoint = (taskId, sequence) => ({
  id: `${taskId}-1-${sequence}`,
  taskId,
  sequence,
  timestamp: 1,
  progress: 0,
  data: 1,
})

/** How often the server crashes amid work. */
const outages = long ? 30 : 1

/** Waits until something has come to pass, or those who work for it have failed. */
const progress = (workers, fn) => Promise.race([until(fn, 20_000), workers])

/** `one` and `two` are the providers of two clients that reject while the server is away. */
export function outageCases(test, { server, one, two, scope }) {
  /** Crashes the server, calls `fn` while it is away, starts it again and waits for both clients. */
  async function outage(fn) {
    await server.crash()
    try {
      await fn()
    } finally {
      await server.restart()
    }
    for (const { cache } of [one, two])
      await until(() =>
        cache.has('anything').then(
          () => true,
          () => false,
        ),
      )
  }

  test('a server that is away: errors say who asked for what, and what was acknowledged is there afterwards', async () => {
    const key = freshKey()
    const lock = await one.lock.acquire(key, 60_000)
    await one.idempotency.reserve(key, 60_000)
    await one.idempotency.set(key, 'value')
    await one.cache.set(key, 'cached')
    await one.circuitBreaker.recordFailure(key, 5)
    const fence = await one.checkpoint.claim(key)
    await one.checkpoint.save(checkpoint(key, 1), fence)

    await outage(async () => {
      const calls = {
        lock: [() => lock.extend(1), () => lock.isValid(), () => lock.release(), () => two.lock.acquire(key, 5)],
        idempotency: [() => two.idempotency.get(key), () => two.idempotency.reserve('other key')],
        circuitBreaker: [() => two.circuitBreaker.recordFailure(key, 5)],
        cache: [() => two.cache.get(key), () => two.cache.clear()],
        checkpoint: [() => two.checkpoint.claim(key), () => one.checkpoint.save(checkpoint(key, 2), fence)],
      }
      for (const [provider, fns] of Object.entries(calls))
        for (const fn of fns) {
          const error = await fn().then(
            () => assert.fail(`${fn} did not reject`),
            (reason) => reason,
          )
          assert.ok(error instanceof ProviderError, String(error))
          assert.match(error.provider, new RegExp(`^(Redis|PostgreSQL) ${provider}$`))
          assert.ok(error.cause instanceof Error)
        }
    })

    assert.equal(await lock.isValid(), true)
    assert.equal(await two.lock.acquire(key, 60_000), null)
    assert.equal(await two.idempotency.reserve(key, 60_000), false)
    assert.deepEqual(await two.idempotency.get(key), { value: 'value' })
    assert.equal(await two.cache.get(key), 'cached')
    assert.equal(await two.circuitBreaker.recordFailure(key, 5), 2)
    assert.deepEqual(await two.checkpoint.list(key), [checkpoint(key, 1)])
    await one.checkpoint.save(checkpoint(key, 2), fence)
    await lock.release()
    await one.idempotency.release(key)
  })

  test('a task whose key cannot be asked for does not run, and runs once when the server is back', async () => {
    const key = freshKey()
    let runs = 0
    const run = async () => {
      const s = scope({ persistence: { idempotency: one.idempotency } })
      try {
        return await s.task(() => ++runs, { idempotency: { key } })
      } finally {
        await s[Symbol.asyncDispose]()
      }
    }
    await outage(async () => {
      const [error] = await run()
      assert.ok(error instanceof ProviderError, String(error))
      assert.equal(runs, 0)
    })
    assert.deepEqual(await run(), [undefined, 1])
    assert.deepEqual(await run(), [undefined, 1])
    assert.equal(runs, 1)
  })

  test('tasks that are tried again through an outage run once each', async () => {
    const key = freshKey()
    const runs = new Map()
    const failures = []
    let running = true
    const work = async ({ idempotency }, at) => {
      const s = scope({ persistence: { idempotency }, logger: silent, gracePeriod: 100 })
      const body = async () => {
        runs.set(at, (runs.get(at) ?? 0) + 1)
        return at
      }
      try {
        for (;;) {
          const [error, value] = await s.task(body, { idempotency: { key: `${key} ${at}`, wait: true } })
          if (error === undefined) return value
          failures.push(error)
          await until(() =>
            idempotency.get('anything').then(
              () => true,
              () => false,
            ),
          )
        }
      } finally {
        await s[Symbol.asyncDispose]()
      }
    }
    const results = []
    let next = 0
    const worker = async (party) => {
      while (running) results.push(await work(party, next++))
    }
    const workers = Promise.all([one, one, two, two].map(worker))
    try {
      for (let round = 0; round <= outages; round++) {
        const [before, failed] = [results.length, failures.length]
        await progress(workers, () => results.length > before + 50)
        if (round < outages) await outage(() => progress(workers, () => failures.length >= failed + 4))
      }
    } finally {
      running = false
    }
    await workers
    assert.equal(runs.size, next)
    assert.ok(
      failures.every((error) => error instanceof ProviderError),
      String(failures),
    )
    assert.ok(
      [...runs.values()].every((count) => count === 1),
      JSON.stringify([...runs]),
    )
  })

  test('a lock that is fought for through an outage has one holder at a time', async () => {
    const key = freshKey()
    let holders = 0
    let sections = 0
    let running = true
    let last = 0
    const contend = async ({ lock }) => {
      while (running) {
        const handle = await lock.acquire(key, 1_500).catch(() => null)
        if (handle === null) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          continue
        }
        assert.equal(++holders, 1)
        assert.ok(handle.fence > last)
        last = handle.fence
        await new Promise((resolve) => setImmediate(resolve))
        sections += 1
        holders -= 1
        await handle.release().catch(() => {})
      }
    }
    const contenders = Promise.all([one, one, two, two].map(contend))
    try {
      for (let round = 0; round <= outages; round++) {
        const before = sections
        await progress(contenders, () => sections > before + 50)
        if (round < outages) await outage(async () => {})
      }
    } finally {
      running = false
    }
    await contenders
  })
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
