/** The resource pool: what it lends to whom, what it creates and destroys, and that it never has more than it may. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { AbortError, isCancelled, ScopeDisposedError, TimeoutError, UnknownError } from '../src/base/errors.js'
import { PoolTimeoutError, ReleaseError, ResourceLeakError } from '../src/sync/errors-pool.js'
import { pool, type ResourcePool } from '../src/sync/pool.js'
import type { ResourcePoolOptions } from '../src/sync/pool-options.js'
import { sequencer, trackSignal, type VirtualClock, virtualTime } from '../src/testing/index.js'
import { microtasks, Owner, watch } from './lifetime-stub.js'

interface Thing {
  readonly id: number
}

let clock: VirtualClock
let owner: Owner
let made: Thing[]
let destroyed: number[]

beforeEach(() => {
  clock = virtualTime()
  onTestFinished(() => clock.restore())
  owner = new Owner()
  made = []
  destroyed = []
})

afterEach(async () => {
  const ended = owner.dispose()
  await clock.advance(10_000)
  await ended
  expect(clock.pendingTimers).toBe(0)
  expect(owner.entries).toBe(0)
})

function things(options: Partial<ResourcePoolOptions<Thing>> = {}): ResourcePool<Thing> {
  return pool(owner, {
    create: () => {
      const thing = { id: made.length + 1 }
      made.push(thing)
      return thing
    },
    destroy: ({ id }) => void destroyed.push(id),
    max: 2,
    ...options,
  })
}

describe('lending', () => {
  test('creates on demand, lends the most recently used first, and keeps what comes back', async () => {
    const p = things({ max: 3 })
    expect(made).toEqual([])
    const [a, b] = await Promise.all([p.acquire(), p.acquire()])
    await p.release(a)
    await p.release(b)
    expect(await p.acquire()).toBe(b)
    expect(await p.acquire()).toBe(a)
    expect(made.length).toBe(2)
    expect(clock.pendingTimers).toBe(0)
  })

  test('create is called in the turn of acquire', () => {
    const p = things()
    void p.acquire()
    expect(made.length).toBe(1)
    expect(p.stats).toMatchObject({ total: 0, creating: 1, waiting: 1 })
  })

  test('serves those who wait in order, from hand to hand', async () => {
    const p = things({ max: 1 })
    const first = await p.acquire()
    const waiting = [1, 2, 3].map(() => watch(p.acquire()))
    await p.release(first)
    expect(p.stats).toMatchObject({ total: 1, available: 0, inUse: 1, waiting: 2 })
    await microtasks()
    expect(waiting.map(({ settled }) => settled)).toEqual([true, false, false])
    await p.release(first)
    await microtasks()
    expect(waiting.map(({ settled }) => settled)).toEqual([true, true, false])
    await p.release(first)
    await microtasks()
    await p.release(first)
    expect(clock.pendingTimers).toBe(0)
  })

  test('a newcomer does not overtake those who wait', async () => {
    const p = things({ max: 1 })
    const held = await p.acquire()
    const first = watch(p.acquire())
    void p.release(held)
    const second = watch(p.acquire())
    await microtasks()
    expect([first.settled, second.settled]).toEqual([true, false])
  })

  test('a create that serves nobody any more fills the shelf', async () => {
    const gate = sequencer().gate('create')
    const p = things({ create: () => gate.wait.then(() => ({ id: 1 })), acquireTimeout: 100 })
    const late = watch(p.acquire())
    await clock.advance(100)
    expect(late.error).toBeInstanceOf(PoolTimeoutError)
    gate.open()
    await microtasks()
    expect(p.stats).toMatchObject({ total: 1, available: 1, creating: 0 })
  })

  test('execute gives back after success and failure, by identity', async () => {
    const p = things({ max: 1 })
    const thrown = new Error('in use')
    expect(await p.execute(({ id }) => id)).toBe(1)
    await expect(p.execute(() => Promise.reject(thrown))).rejects.toBe(thrown)
    await expect(
      p.execute(() => {
        throw thrown
      }),
    ).rejects.toBe(thrown)
    expect(p.stats).toMatchObject({ total: 1, available: 1, inUse: 0 })
  })

  test('a lease ends with its block, once, and not another turn than its own', async () => {
    const p = things({ max: 1 })
    {
      using lease = await p.lease()
      expect(lease.resource).toBe(made[0])
      expect(p.stats.inUse).toBe(1)
    }
    expect(p.stats.inUse).toBe(0)
    {
      await using lease = await p.lease()
      lease.release()
      const next = await p.lease() // the same resource, another turn
      lease.release()
      expect(p.stats.inUse).toBe(1)
      next.release()
    }
    const lease = await p.lease()
    void p.release(lease.resource)
    const other = await p.acquire()
    lease.release()
    expect(p.stats.inUse).toBe(1)
    void p.release(other)
  })

  test('refuses what is not lent, and forgets nothing over it', async () => {
    const p = things()
    const thing = await p.acquire()
    await p.release(thing)
    expect(() => p.release(thing)).toThrow(ReleaseError)
    expect(() => p.release({ id: 1 })).toThrow(/not one of this pool/)
    expect(p.stats).toMatchObject({ total: 1, available: 1 })
  })

  test('undefined is a resource like any other', async () => {
    const p = pool<undefined>(owner, { create: () => undefined, destroy: () => {}, max: 1 })
    await p.release(await p.acquire())
    expect(await p.acquire()).toBe(undefined)
  })
})

describe('limits', () => {
  test('a hanging create holds its place, and the rest goes on', async () => {
    let calls = 0
    const p = things({
      max: 2,
      create: () => (++calls === 1 ? new Promise<Thing>(() => {}) : { id: calls }),
      acquireTimeout: 50,
      gracePeriod: 10,
    })
    const hangs = watch(p.acquire())
    const works = watch(p.acquire())
    await microtasks()
    expect([hangs.settled, works.settled]).toEqual([true, false]) // the oldest gets what comes first
    await clock.advance(50)
    expect(works.error).toBeInstanceOf(PoolTimeoutError)
    expect(works.error).toMatchObject({ ms: 50, total: 1, active: 1, idle: 0, waiting: 1, creating: 1 })
    const third = watch(p.acquire())
    await microtasks()
    expect(calls).toBe(2)
    void p.release(made[0] ?? (hangs.value as Thing))
    await microtasks()
    expect(third.value).toBe(hangs.value)
  })

  test('destroying counts until it is done', async () => {
    const gate = sequencer().gate('destroy')
    const p = things({ max: 1, maxUses: 1, destroy: () => gate.wait })
    void p.release(await p.acquire())
    expect(p.stats).toMatchObject({ total: 0, destroying: 1 })
    const next = watch(p.acquire())
    await microtasks()
    expect([made.length, next.settled]).toEqual([1, false])
    gate.open()
    await microtasks()
    expect([made.length, next.settled]).toEqual([2, true])
  })

  test('min is filled from the start and kept', async () => {
    const p = things({ min: 2, max: 3, maxUses: 1 })
    expect(made.length).toBe(2)
    await p.initialize()
    expect(p.stats).toMatchObject({ total: 2, available: 2 })
    void p.release(await p.acquire())
    await microtasks()
    expect(made.length).toBe(3)
    expect(p.stats.total).toBe(2)
  })

  test('initialize rejects with the next error, and again resolves when it is there', async () => {
    const broken = new Error('no route')
    let fails = true
    const p = things({ min: 1, create: () => (fails ? Promise.reject(broken) : { id: 1 }) })
    await expect(p.initialize()).rejects.toBe(broken)
    expect(owner.reports).toEqual([])
    fails = false
    const again = p.initialize()
    await clock.advance(100)
    await again
    expect(p.stats.total).toBe(1)
  })

  test('the same resource twice is a failed create, with its backoff', async () => {
    const one = { id: 1 }
    let calls = 0
    const p = things({
      create: () => {
        calls++
        return one
      },
    })
    await p.acquire()
    await expect(p.acquire()).rejects.toThrow(/has already/)
    await clock.advance(10)
    expect(calls).toBe(2)
  })

  test('maxUses, maxLifetime and idleTimeout end a resource; min stays', async () => {
    const p = things({ min: 1, max: 2, idleTimeout: 1_000, maxLifetime: 5_000 })
    const [a, b] = await Promise.all([p.acquire(), p.acquire()])
    await p.release(a)
    await p.release(b)
    await clock.advance(999)
    expect(destroyed).toEqual([])
    await clock.advance(1)
    expect(destroyed).toEqual([1])
    await clock.advance(3_999)
    expect(destroyed).toEqual([1])
    await clock.advance(1)
    expect(destroyed).toEqual([1, 2])
    expect(p.stats.total).toBe(1) // refilled
  })

  test('one that grew too old while lent is destroyed when it comes back, and not lent while idle', async () => {
    const p = things({ maxLifetime: 100 })
    const old = await p.acquire()
    await clock.advance(100)
    void p.release(old)
    expect(destroyed).toEqual([1])
    const next = await p.acquire()
    void p.release(next)
    expect(next.id).toBe(2)
  })
})

describe('waiting', () => {
  test('times out with what the pool looked like and the last error of create', async () => {
    const broken = new Error('refused')
    const p = things({ max: 1, create: () => Promise.reject(broken), acquireTimeout: 150 })
    await expect(p.acquire()).rejects.toBe(broken)
    const second = watch(p.acquire())
    await clock.advance(100)
    expect(second.error).toBe(broken)
    const third = watch(p.acquire())
    await clock.advance(150)
    expect(third.error).toBeInstanceOf(TimeoutError)
    expect(third.error).toMatchObject({ name: 'PoolTimeoutError', ms: 150, cause: broken, waiting: 1 })
    expect((third.error as Error).message).toBe(
      'Acquire timeout after 150ms: 0 total, 0 active, 0 idle, 1 waiting, 0 creating, last create error: refused',
    )
    expect(isCancelled(third.error)).toBe(false)
  })

  test('one timer serves all who wait, and none is left when nobody does', async () => {
    const p = things({ max: 1 })
    const held = await p.acquire()
    const waiting = Array.from({ length: 100 }, () => watch(p.acquire()))
    expect(clock.pendingTimers).toBe(1)
    await clock.advance(30_000)
    expect(waiting.every(({ error }) => error instanceof PoolTimeoutError)).toBe(true)
    expect(clock.pendingTimers).toBe(0)
    void p.release(held)
  })

  test('each times out at its own time', async () => {
    const p = things({ max: 1, acquireTimeout: 100 })
    await p.acquire()
    const first = watch(p.acquire())
    await clock.advance(60)
    const second = watch(p.acquire())
    await clock.advance(40)
    expect([first.settled, second.settled]).toEqual([true, false])
    await clock.advance(60)
    expect(second.settled).toBe(true)
  })

  test('0 takes what is there, Infinity waits', async () => {
    const none = things({ min: 1, acquireTimeout: 0 })
    await none.initialize()
    const thing = await none.acquire()
    await expect(none.acquire()).rejects.toMatchObject({ ms: 0, waiting: 0, active: 1 })
    void none.release(thing)
    const endless = things({ max: 1, acquireTimeout: Number.POSITIVE_INFINITY })
    const held = await endless.acquire()
    const waits = watch(endless.acquire())
    expect(clock.pendingTimers).toBe(0)
    await clock.advance(1e9)
    expect(waits.settled).toBe(false)
    void endless.release(held)
  })

  test('a signal ends the wait with its reason and leaves no listener; commit wins', async () => {
    const p = things({ max: 1 })
    const held = await p.acquire()
    const tracked = trackSignal()
    const leaves = watch(p.acquire({ signal: tracked.signal }))
    const stays = watch(p.acquire())
    expect(tracked.listenerCount).toBe(1)
    tracked.abort('gone')
    await microtasks()
    expect(leaves.error).toBeInstanceOf(UnknownError)
    expect(leaves.error).toMatchObject({ cause: 'gone' })
    expect(isCancelled(leaves.error)).toBe(true)
    await expect(p.acquire({ signal: tracked.signal })).rejects.toMatchObject({ cause: 'gone' })
    void p.release(held)
    await microtasks()
    expect(stays.value).toBe(held)
    const late = trackSignal()
    const commits = watch(p.acquire({ signal: late.signal }))
    void p.release(held)
    late.abort(new Error('too late'))
    await microtasks()
    expect(commits.value).toBe(held)
    expect(late.listenerCount).toBe(0)
  })

  test('a failing create rejects the oldest, then backs off from 100 ms to 5 s', async () => {
    const times: number[] = []
    const p = things({
      max: 1,
      create: () => {
        times.push(clock.now)
        return Promise.reject(new Error('down'))
      },
    })
    const outcomes = Array.from({ length: 9 }, () => watch(p.acquire()))
    await microtasks()
    expect(outcomes.map(({ settled }) => settled).indexOf(false)).toBe(1)
    await clock.advance(29_000)
    expect(times.map((at, index) => at - (times[index - 1] ?? 0))).toEqual([
      0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000,
    ])
    expect(outcomes.every(({ error }) => (error as Error).message === 'down')).toBe(true)
    expect(clock.pendingTimers).toBe(0)
  })

  test('creations that fail together make one backoff; a success ends it', async () => {
    let fails = true
    const p = things({ max: 10, create: () => (fails ? Promise.reject(new Error('down')) : { id: 1 }) })
    const outcomes = Array.from({ length: 10 }, () => watch(p.acquire()))
    await microtasks()
    expect(outcomes.every(({ settled }) => settled)).toBe(true)
    fails = false
    const next = watch(p.acquire())
    await clock.advance(99)
    expect(next.settled).toBe(false)
    await clock.advance(1)
    expect(next.value).toEqual({ id: 1 })
  })

  test('a background failure is reported once in a row', async () => {
    things({ min: 2, create: () => Promise.reject(new Error('down')) })
    await clock.advance(10_000)
    expect(owner.reports.map(({ where }) => where)).toEqual(['create of a pool'])
  })
})

describe('health', () => {
  test('asks before lending what was idle for more than 500 ms', async () => {
    const checked: number[] = []
    const p = things({
      healthCheck: ({ id }) => {
        checked.push(id)
        return { healthy: true }
      },
      healthCheckInterval: Infinity,
    })
    void p.release(await p.acquire())
    await clock.advance(500)
    void p.release(await p.acquire())
    expect(checked).toEqual([])
    await clock.advance(501)
    void p.release(await p.acquire())
    expect(checked).toEqual([1])
    expect(p.stats.healthChecksEnabled).toBe(true)
  })

  test.each([
    ['says no', () => ({ healthy: false })],
    ['rejects', () => Promise.reject(new Error('dead'))],
    [
      'throws',
      () => {
        throw new Error('dead')
      },
    ],
    ['says nothing', () => undefined as never],
  ])('one whose check %s is replaced', async (_, healthCheck) => {
    const p = things({ healthCheck, healthCheckInterval: Infinity })
    void p.release(await p.acquire())
    await clock.advance(501)
    const next = await p.acquire()
    expect(next.id).toBe(2)
    expect(destroyed).toEqual([1])
    expect(p.stats.unhealthy).toBe(1)
    void p.release(next)
  })

  test('a check that hangs is a no after its timeout', async () => {
    const p = things({
      healthCheck: () => new Promise(() => {}),
      healthCheckInterval: Infinity,
      healthCheckTimeout: 50,
    })
    void p.release(await p.acquire())
    await clock.advance(501)
    const next = watch(p.acquire())
    await clock.advance(49)
    expect(next.settled).toBe(false)
    await clock.advance(1)
    expect(next.value).toEqual({ id: 2 })
  })

  test('checks idle ones every 30 s, one after another, lent ones never', async () => {
    const checks: string[] = []
    const order = sequencer()
    const p = things({
      min: 3,
      max: 3,
      healthCheck: async ({ id }) => {
        checks.push(`${id} at ${clock.now}`)
        await order.gate(`${id}`).wait
        return { healthy: id !== 2 }
      },
    })
    await p.initialize()
    const lent = await p.acquire()
    expect(lent.id).toBe(3)
    await clock.advance(30_000)
    expect(checks).toEqual(['1 at 30000'])
    expect(p.stats).toMatchObject({ total: 3, available: 1, inUse: 1 })
    order.gate('1').open()
    await clock.settle()
    expect(checks).toEqual(['1 at 30000', '2 at 30000'])
    order.gate('2').open()
    await clock.settle()
    expect(destroyed).toEqual([2])
    expect(p.stats).toMatchObject({ total: 3, unhealthy: 1 }) // min is kept
    order.gate('4').open()
    await clock.advance(29_999)
    expect(checks.length).toBe(2)
    await clock.advance(1)
    expect(checks.slice(2)).toEqual(['1 at 60000', '4 at 60000'])
  })

  test('checkHealth counts and destroys the unhealthy, and is 0 without a check', async () => {
    expect(await things().checkHealth()).toBe(0)
    const p = things({
      min: 3,
      max: 3,
      healthCheck: ({ id }) => ({ healthy: id === 2 }),
      healthCheckInterval: Infinity,
    })
    await p.initialize()
    expect(await p.checkHealth()).toBe(2)
    expect(destroyed).toEqual([1, 3])
  })
})

describe('reports', () => {
  test('a resource that is not given back, once, with the place that took it', async () => {
    const p = things({ leakThreshold: 1_000 })
    const leaked = await p.acquire()
    const fine = await p.acquire()
    await clock.advance(999)
    void p.release(fine)
    await clock.advance(1)
    expect(owner.reports.length).toBe(1)
    expect(owner.reports[0]?.error).toBeInstanceOf(ResourceLeakError)
    expect((owner.reports.at(0)?.error as Error | undefined)?.stack).toContain('pool.test.ts')
    await clock.advance(10_000)
    expect(owner.reports.length).toBe(1)
    void p.release(leaked)
  })

  test('what destroy throws in operation', async () => {
    const broken = new Error('cannot close')
    const p = things({ maxUses: 1, destroy: () => Promise.reject(broken) })
    void p.release(await p.acquire())
    await microtasks()
    expect(owner.reports).toEqual([{ error: broken, where: 'destroy of a pool' }])
    expect(p.stats).toMatchObject({ total: 0, destroying: 0 })
  })
})

describe('the end', () => {
  test('a cancelled owner rejects those who wait in the same turn; what is lent can come back', async () => {
    const p = things({ max: 1 })
    const held = await p.acquire()
    const waits = watch(p.acquire())
    const reason = new Error('enough')
    owner.cancel(reason)
    expect(p.stats.waiting).toBe(0)
    await microtasks()
    expect(waits.error).toBe(reason)
    await expect(p.acquire()).rejects.toBe(reason)
    await expect(p.initialize()).rejects.toBe(reason)
    await p.release(held)
    expect(p.stats).toMatchObject({ available: 1 })
    expect(destroyed).toEqual([])
  })

  test('disposal waits for what is lent, at most the grace since the cancellation', async () => {
    const p = things({ max: 2 })
    const [comesBack, stays] = await Promise.all([p.acquire(), p.acquire()])
    const ended = watch(p[Symbol.asyncDispose]())
    await clock.advance(1_000)
    await p.release(comesBack)
    expect(destroyed).toEqual([1])
    await clock.advance(999)
    expect(ended.settled).toBe(false)
    await clock.advance(1)
    expect(ended.settled).toBe(true)
    expect(destroyed).toEqual([1, 2])
    await p.release(stays) // its holder made no mistake
    expect(() => p.release(stays)).toThrow(ReleaseError)
    await expect(p.acquire()).rejects.toBeInstanceOf(AbortError)
    expect(owner.entries).toBe(0)
  })

  test('ends at once when all is back, creations and destructions included', async () => {
    const order = sequencer()
    const p = things({
      max: 2,
      create: () => order.gate('create').wait.then(() => ({ id: 7 })),
      destroy: async ({ id }) => {
        destroyed.push(id)
        await order.gate('destroy').wait
      },
    })
    const waits = watch(p.acquire())
    const ended = watch(p[Symbol.asyncDispose]())
    await microtasks()
    expect(waits.error).toBeInstanceOf(AbortError)
    order.gate('create').open()
    await microtasks()
    expect(destroyed).toEqual([7])
    expect(ended.settled).toBe(false)
    order.gate('destroy').open()
    await microtasks(40)
    expect(ended.settled).toBe(true)
    expect(clock.pendingTimers).toBe(0)
  })

  test('a resource that arrives after the end is destroyed, and the signal told its create', async () => {
    const gate = sequencer().gate('create')
    let signal: AbortSignal | undefined
    const p = things({
      create: async (context) => {
        signal = context.signal
        await gate.wait
        return { id: 9 }
      },
    })
    watch(p.acquire())
    const ended = p[Symbol.asyncDispose]()
    expect(signal?.aborted).toBe(true)
    await clock.advance(2_000)
    await ended
    gate.open()
    await microtasks()
    expect(destroyed).toEqual([9])
    expect(p.stats).toMatchObject({ total: 0, creating: 0, destroying: 0 })
  })

  test('every destroy is attempted, no error lost', async () => {
    const p = things({
      min: 2,
      destroy: ({ id }) => {
        destroyed.push(id)
        return Promise.reject(new Error(`no ${id}`))
      },
    })
    await p.initialize()
    const error = await p[Symbol.asyncDispose]().catch((thrown: unknown) => thrown)
    expect(destroyed).toEqual([1, 2])
    expect(error).toMatchObject({
      name: 'SuppressedError',
      error: { message: 'no 2' },
      suppressed: { message: 'no 1' },
    })
    expect(p[Symbol.asyncDispose]()).toBe(p[Symbol.asyncDispose]())
    expect(await owner.dispose()).toEqual([])
  })

  test('the owner gets the errors of an end that it began', async () => {
    const p = things({ destroy: () => Promise.reject(new Error('no')) })
    void p.release(await p.acquire())
    expect(await owner.dispose()).toMatchObject([{ message: 'no' }])
    expect(() => things()).toThrow(ScopeDisposedError)
  })

  test('a check under way is waited for, then its resource destroyed', async () => {
    const gate = sequencer().gate('check')
    const p = things({ min: 1, healthCheck: () => gate.wait.then(() => ({ healthy: true })) })
    await p.initialize()
    const checked = p.checkHealth()
    const ended = watch(p[Symbol.asyncDispose]())
    await microtasks()
    expect(destroyed).toEqual([])
    gate.open()
    await microtasks(40)
    expect(await checked).toBe(0)
    expect(destroyed).toEqual([1])
    expect(ended.settled).toBe(true)
  })

  test('a pool in a cancelled owner begins nothing', async () => {
    const reason = new Error('over')
    owner.cancel(reason)
    const p = things({ min: 2 })
    await expect(p.acquire()).rejects.toBe(reason)
    expect(made).toEqual([])
  })
})

test('misuse is refused at the call', () => {
  const fine = { create: () => 1, destroy: () => {}, max: 1 }
  const bad =
    (options: object): (() => unknown) =>
    () =>
      pool(owner, { ...fine, ...options })
  expect(bad({ max: 0 })).toThrow(RangeError)
  expect(bad({ max: undefined })).toThrow(TypeError)
  expect(bad({ min: 2 })).toThrow('Cannot create pool: min must be at most max, which is 1, got 2')
  expect(bad({ create: undefined })).toThrow(TypeError)
  expect(bad({ destroy: 5 })).toThrow(TypeError)
  expect(bad({ healthCheck: true })).toThrow(TypeError)
  expect(bad({ acquireTimeout: -1 })).toThrow(RangeError)
  expect(bad({ idleTimeout: Number.NaN })).toThrow(RangeError)
  expect(() => pool(owner, undefined as never)).toThrow(TypeError)
  const p = pool(owner, fine)
  expect(() => p.execute(undefined as never)).toThrow(TypeError)
  expect(() => p.acquire({ signal: {} as AbortSignal })).toThrow(TypeError)
})
