/** A semaphore hands permits out in order, loses none whatever is cancelled, and never has more out than there are. */

import type { Permit } from '../generic/index.js'
import { deferred, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function semaphoreSuite(kit: Kit): void {
  permits(kit)
  functions(kit)
  endings(kit)
  misuse(kit)
}

function permits(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'semaphore: a permit ends with its block and goes straight to the next', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    assert.instanceOf(sem, lib.Semaphore)
    assert.deepEqual([sem.available, sem.waiting, sem.totalPermits], [1, 0, 1])
    let next = watch(Promise.resolve<Permit | undefined>(undefined))
    {
      using permit = await sem.acquire()
      assert.instanceOf(permit, lib.Permit)
      assert.strictEqual(permit.weight, 1)
      next = watch(sem.acquire())
      await clock.settle()
      assert.isFalse(next.settled)
    }
    assert.deepEqual([sem.available, sem.waiting], [0, 0])
    assert.isFalse(sem.tryAcquire())
    await clock.settle()
    next.value?.release()
    next.value?.release()
    assert.strictEqual(sem.available, 1)
    await s[Symbol.asyncDispose]()
  })

  timed(
    kit,
    'semaphore: first come, first served; a higher priority goes first; a heavy head blocks',
    async (clock) => {
      const s = lib.scope()
      const sem = lib.semaphore(s, 2)
      const log: string[] = []
      const enter = (name: string, options: { weight?: number; priority?: number }): void => {
        sem.acquire(options).then((permit) => {
          log.push(name)
          permit.release()
        })
      }
      const held = await sem.acquire({ weight: 2 })
      enter('first', {})
      enter('heavy', { weight: 2 })
      enter('light', {})
      enter('low', { priority: -1 })
      enter('urgent', { priority: 1 })
      held.release()
      await clock.settle()
      assert.deepEqual(log, ['urgent', 'first', 'heavy', 'light', 'low'])
      assert.strictEqual(sem.available, 2)
      await s[Symbol.asyncDispose]()
    },
  )

  timed(
    kit,
    'semaphore: a promise whose own `then` throws, or calls back twice, gives one permit back',
    async (clock) => {
      const s = lib.scope()
      const sem = s.semaphore(1)
      const twice = Promise.resolve('value')
      Object.defineProperty(twice, 'then', {
        value: (onValue: (value: string) => void) => {
          onValue('first')
          onValue('second')
        },
      })
      const throws = Promise.resolve('value')
      Object.defineProperty(throws, 'then', {
        value: () => {
          throw new Error('a then of its own')
        },
      })
      for (const odd of [twice, throws]) {
        for (const waits of [false, true]) {
          const held = waits ? await sem.acquire() : undefined
          const run = sem.acquire(() => odd)
          held?.release()
          await run.catch(() => {})
          await clock.settle()
          assert.strictEqual(sem.available, 1)
        }
      }
      await s[Symbol.asyncDispose]()
    },
  )

  timed(kit, 'semaphore: resize serves those who wait, and takes nothing from those who have', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    const held = await sem.acquire()
    const waiting = watch(sem.acquire({ weight: 1 }))
    sem.resize(2)
    await clock.settle()
    assert.isTrue(waiting.settled)
    sem.resize(1)
    held.release()
    assert.deepEqual([sem.available, sem.tryAcquire()], [0, false])
    waiting.value?.release()
    assert.isTrue(sem.tryAcquire())
    sem.release()
    await s[Symbol.asyncDispose]()
  })
}

function functions(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'semaphore: acquire(fn) starts at once with a free permit and gives it back whatever happens',
    async () => {
      const s = lib.scope()
      const sem = s.semaphore(1)
      const error = new Error('thrown')
      let started = false
      const first = sem.acquire(() => {
        started = true
        return 1
      })
      assert.isTrue(started)
      const results = await Promise.allSettled([
        first,
        sem.acquire(() => {
          throw error
        }),
        sem.acquire(async () => 3, 5),
        sem.execute(() => Promise.reject(error)),
      ])
      const told = results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))
      assert.deepEqual(told, [1, error, 3, error])
      assert.strictEqual(sem.available, 1)
      await s[Symbol.asyncDispose]()
    },
  )

  timed(kit, 'semaphore: 1 000 functions never run more at once than there are permits', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(7)
    const next = kit.testing.random(1)
    let running = 0
    let most = 0
    let done = 0
    for (let i = 0; i < 1000; i++) {
      void sem.acquire(async () => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => setTimeout(resolve, next() * 20))
        running--
        done++
      })
    }
    await clock.runAll()
    assert.deepEqual([most, done, sem.available, sem.waiting], [7, 1000, 7, 0])
    await s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'semaphore: a signal or a timeout ends a wait, costs no permit and leaves nothing', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    const tracked = trackSignal()
    const held = await sem.acquire()
    const cancelled = watch(sem.acquire({ signal: tracked.signal, timeout: 50 }))
    const late = watch(sem.acquire({ timeout: 10 }))
    const failed = watch(sem.acquireWithTimeout(10))
    const inTime = watch(sem.acquire({ timeout: 20 }))
    const reason = new Error('no longer')
    tracked.abort(reason)
    await clock.advance(10)
    assert.strictEqual(cancelled.error, reason)
    assert.isTrue(lib.isCancelled(cancelled.error))
    assert.instanceOf(late.error, lib.TimeoutError)
    assert.isFalse(lib.isCancelled(late.error))
    assert.isFalse(failed.value)
    held.release()
    await clock.settle()
    assert.isTrue(inTime.settled && !inTime.rejected)
    inTime.value?.release()
    assert.strictEqual(sem.available, 1)
    assertNothingLeft({ clock, signals: [tracked] })
    await s[Symbol.asyncDispose]()
  })

  timed(
    kit,
    'semaphore: disposing of the scope rejects all who wait in the same turn, and later calls',
    async (clock) => {
      const s = lib.scope({ name: 'owner' })
      const sem = s.semaphore(1)
      const gate = deferred()
      const running = watch(sem.acquire(() => gate.promise))
      const waits = [watch(sem.acquire()), watch(sem.acquire(() => assert.fail('never'), 1))]
      const ended = s[Symbol.asyncDispose]()
      assert.strictEqual(sem.waiting, 0)
      await clock.settle()
      for (const { error } of waits) {
        assert.instanceOf(error, lib.AbortError)
        assert.strictEqual((error as Error).message, 'Scope disposed: owner')
      }
      assert.isFalse(running.settled)
      gate.resolve()
      await ended
      await clock.settle()
      assert.isTrue(running.settled && !running.rejected)
      assert.isFalse(sem.tryAcquire())
      const later = watch(sem.acquire())
      await clock.settle()
      assert.strictEqual(later.error, waits[0]?.error)
      assertNothingLeft({ clock, scopes: [s] })
    },
  )

  timed(kit, 'semaphore: a cancelled scope rejects with the reason itself', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    sem.tryAcquire()
    const waiting = watch(sem.acquire())
    const reason = new TypeError('reason')
    s.cancel(reason)
    await clock.settle()
    assert.strictEqual(waiting.error, reason)
    assert.isTrue(lib.isCancelled(waiting.error))
    await s[Symbol.asyncDispose]()
  })

  kit.test('semaphore: 20 000 waits are cancelled without trouble', async () => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    const held = await sem.acquire()
    const cancelled = new AbortController()
    const waits = Array.from({ length: 20_000 }, (_, i) => sem.acquire({ signal: cancelled.signal, priority: i % 5 }))
    const last = sem.acquire()
    cancelled.abort()
    assert.strictEqual(sem.waiting, 1)
    const results = await Promise.allSettled(waits)
    assert.isTrue(results.every(({ status }) => status === 'rejected'))
    held.release()
    ;(await last).release()
    assert.strictEqual(sem.available, 1)
    await s[Symbol.asyncDispose]()
  })
}

function misuse(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('semaphore: nonsense is refused at the call, and nothing is lost by it', async () => {
    const s = lib.scope({ name: 'owner' })
    const zero = thrownBy(() => s.semaphore(0))
    assert.instanceOf(zero, RangeError)
    assert.strictEqual((zero as Error).message, 'Cannot create semaphore: permits must be a positive integer, got 0')
    assert.instanceOf(
      thrownBy(() => s.semaphore('3' as unknown as number)),
      TypeError,
    )
    const sem = s.semaphore(2)
    for (const weight of [0, -1, 1.5, Number.NaN, 3]) {
      assert.instanceOf(
        thrownBy(() => sem.acquire({ weight })),
        RangeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => sem.acquire({ timeout: -1 })),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => sem.acquire({ priority: Number.NaN })),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => sem.acquire('fn' as unknown as () => void)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => sem.release()),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => sem.resize(0)),
      RangeError,
    )
    const running = sem.acquire(() => Promise.resolve())
    assert.instanceOf(
      thrownBy(() => sem.release()),
      RangeError,
      'a permit held for a function is out of reach',
    )
    await running
    assert.deepEqual([sem.available, sem.waiting, sem.totalPermits], [2, 0, 2])
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => s.semaphore(1)),
      lib.ScopeDisposedError,
    )
  })
}
