/** A pool lends a limited number of resources, first come, first served, and destroys each one it created. */

import type { PoolTimeoutError } from '../generic/index.js'
import { deferred, recorder, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

interface Thing {
  readonly id: number
}

/** Options of a pool that counts. */
function counted() {
  let made = 0
  const destroyed: number[] = []
  return {
    destroyed,
    create: (): Thing => ({ id: ++made }),
    destroy: ({ id }: Thing): void => void destroyed.push(id),
  }
}

export function syncPool(kit: Kit): void {
  lending(kit)
  limits(kit)
  health(kit)
  endings(kit)
}

function lending(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'pool: s.pool lends, takes back and lends the same resource again', async (clock) => {
    const s = lib.scope()
    const p = s.pool({ ...counted(), max: 1 })
    assert.instanceOf(p, lib.ResourcePool)
    const thing = await p.acquire()
    const second = watch(p.acquire())
    await clock.settle()
    assert.isFalse(second.settled)
    await p.release(thing)
    await clock.settle()
    assert.strictEqual(second.value, thing)
    await p.release(thing)
    assert.strictEqual(await p.execute(({ id }) => id), 1)
    assert.strictEqual(clock.pendingTimers, 0)
    assert.deepInclude(p.stats, { total: 1, available: 1, inUse: 0, waiting: 0, creating: 0, unhealthy: 0 })
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'pool: a lease ends with its block, and ends no turn but its own', async () => {
    const s = lib.scope()
    const p = lib.pool(s, { ...counted(), max: 1 })
    {
      using lease = await p.lease()
      assert.strictEqual(lease.resource.id, 1)
    }
    const old = await p.lease()
    await p.release(old.resource)
    {
      await using next = await p.lease()
      old.release()
      assert.strictEqual(p.stats.inUse, 1)
      assert.strictEqual(next.resource, old.resource)
    }
    assert.strictEqual(p.stats.inUse, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'pool: releasing twice, or a stranger, is a ReleaseError', async () => {
    const s = lib.scope()
    const p = s.pool({ ...counted(), max: 1 })
    const thing = await p.acquire()
    await p.release(thing)
    assert.throws(() => p.release(thing), lib.ReleaseError)
    assert.throws(() => p.release({ id: 1 }), lib.ReleaseError)
    assert.throws(() => s.pool({ ...counted(), max: 0 }), RangeError)
    await s[Symbol.asyncDispose]()
  })
}

function limits(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'pool: never more than max, though creations hang, fail and come late', async (clock) => {
    const s = lib.scope()
    const calls: ReturnType<typeof deferred<Thing>>[] = []
    let destroyed = 0
    let most = 0
    const count = (): void => {
      const { total, creating, destroying } = p.stats
      most = Math.max(most, total + creating + destroying)
    }
    const p = lib.pool<Thing>(s, {
      create: () => {
        const call = deferred<Thing>()
        calls.push(call)
        return call.promise
      },
      destroy: () => void destroyed++,
      max: 2,
      acquireTimeout: 1_000,
    })
    const waiting = [1, 2, 3].map(() => watch(p.acquire()))
    count()
    assert.lengthOf(calls, 2)
    const broken = new Error('refused')
    calls[0]?.reject(broken)
    await clock.advance(100)
    count()
    assert.strictEqual(waiting[0]?.error, broken)
    assert.lengthOf(calls, 3)
    await clock.advance(900)
    assert.instanceOf(waiting[2]?.error, lib.PoolTimeoutError)
    for (const call of calls.slice(1)) call.resolve({ id: calls.indexOf(call) })
    await clock.settle()
    count()
    assert.deepInclude(p.stats, { total: 2, available: 2 })
    assert.strictEqual(most, 2)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(destroyed, 2)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'pool: the error of one that waited too long tells what the pool looked like', async (clock) => {
    const s = lib.scope()
    const p = s.pool({ ...counted(), max: 1 })
    await p.acquire()
    const late = watch(p.acquire())
    await clock.advance(30_000)
    assert.instanceOf(late.error, lib.TimeoutError)
    const { ms, total, active, idle, waiting, creating } = late.error as PoolTimeoutError
    assert.deepEqual([ms, total, active, idle, waiting, creating], [30_000, 1, 1, 0, 1, 0])
    await clock.advance(1)
    const ended = s[Symbol.asyncDispose]()
    await clock.advance(2_000)
    await ended
  })

  timed(kit, 'pool: a signal ends a wait, loses nothing and leaves no listener', async (clock) => {
    const s = lib.scope()
    const tracked = kit.testing.trackSignal()
    const p = s.pool({ ...counted(), max: 1 })
    const held = await p.acquire()
    const leaves = watch(p.acquire({ signal: tracked.signal }))
    const reason = new Error('left')
    tracked.abort(reason)
    await clock.settle()
    assert.strictEqual(leaves.error, reason)
    assert.isTrue(lib.isCancelled(reason))
    assert.strictEqual(tracked.listenerCount, 0)
    await p.release(held)
    assert.strictEqual(p.stats.available, 1)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'pool: min is filled from the start and kept, idle and old ones are destroyed', async (clock) => {
    const s = lib.scope()
    const things = counted()
    const p = s.pool({ ...things, min: 1, max: 3, idleTimeout: 1_000, maxLifetime: 10_000 })
    await p.initialize()
    const [a, b] = await Promise.all([p.acquire(), p.acquire()])
    await p.release(a)
    await p.release(b)
    await clock.advance(1_000)
    assert.strictEqual(p.stats.total, 1)
    await clock.advance(9_000)
    assert.deepEqual([p.stats.total, things.destroyed.length], [1, 2])
    await s[Symbol.asyncDispose]()
    assert.deepEqual([p.stats.total, things.destroyed.length], [0, 3])
    assert.strictEqual(clock.pendingTimers, 0)
  })
}

function health(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'pool: checks before lending what lay idle, and every 30 s', async (clock) => {
    const s = lib.scope()
    const things = counted()
    const sick = new Set<number>()
    let checks = 0
    const healthCheck = async ({ id }: Thing) => {
      checks++
      return { healthy: !sick.has(id) }
    }
    const p = s.pool({ ...things, max: 2, healthCheck })
    await p.release(await p.acquire())
    await p.release(await p.acquire())
    assert.strictEqual(checks, 0)
    await clock.advance(501)
    sick.add(1)
    const next = await p.acquire()
    assert.deepEqual([next.id, checks, things.destroyed], [2, 1, [1]])
    await p.release(next)
    await clock.advance(30_000)
    assert.strictEqual(checks, 2)
    sick.add(2)
    assert.strictEqual(await p.checkHealth(), 1)
    assert.deepInclude(p.stats, { total: 0, unhealthy: 2, healthChecksEnabled: true })
    await s[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'pool: a resource that is not given back is reported once', async (clock) => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const p = s.pool({ ...counted(), max: 1, leakThreshold: 1_000 })
    const leaked = await p.acquire()
    await clock.advance(10_000)
    assert.lengthOf(at('error'), 1)
    assert.instanceOf(at('error')[0]?.args[0], lib.ResourceLeakError)
    await p.release(leaked)
    await s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'pool: the end of the scope rejects those who wait and lets bodies give back', async (clock) => {
    const s = lib.scope()
    const things = counted()
    const p = s.pool({ ...things, max: 1 })
    const body = s.task(({ signal }) =>
      p.execute(() => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))),
    )
    await clock.settle()
    const waits = watch(p.acquire())
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.strictEqual(waits.error, s.reason)
    assert.isTrue(done.settled)
    assert.deepEqual(things.destroyed, [1])
    assert.strictEqual((await body)[0], s.reason)
    assert.strictEqual(await p.acquire().catch((error: unknown) => error), s.reason)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'pool: its own disposal gives lent resources the grace and attempts every destroy', async (clock) => {
    const s = lib.scope()
    const p = s.pool({
      create: counted().create,
      destroy: ({ id }) => Promise.reject(new Error(`no ${id}`)),
      max: 2,
    })
    const [back, kept] = await Promise.all([p.acquire(), p.acquire()])
    const done = watch(p[Symbol.asyncDispose]())
    await p.release(back)
    await clock.advance(1_999)
    assert.isFalse(done.settled)
    await clock.advance(1)
    assert.include(done.error, { name: 'SuppressedError' })
    await p.release(kept)
    assert.throws(() => p.release(kept), lib.ReleaseError)
    await s[Symbol.asyncDispose]() // whoever ended the pool has its errors
  })

  timed(kit, 'pool: a resource that comes after the end is destroyed', async (clock) => {
    const s = lib.scope()
    const late = deferred<Thing>()
    const things = counted()
    let signal: AbortSignal | undefined
    const p = s.pool<Thing>({
      ...things,
      create: (context) => {
        signal = context.signal
        return late.promise
      },
      max: 1,
    })
    watch(p.acquire())
    const done = watch(s[Symbol.asyncDispose]())
    assert.isTrue(signal?.aborted)
    await clock.advance(2_000)
    assert.isTrue(done.settled)
    late.resolve({ id: 5 })
    await clock.settle()
    assert.deepEqual(things.destroyed, [5])
  })
}
