/** `acquireLock`: one holder at a time, whatever the provider does; extended while held, told when lost, given back at the end. */

import type { Lock, LockHandle, LockProvider } from '../generic/index.js'
import { deferred, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, reportsOf, thrown } from './policy-fixtures.js'

/** A provider that remembers what it was asked, over the one in memory; single methods can be replaced. */
function recorded(kit: Kit): {
  readonly calls: string[]
  readonly provider: LockProvider
  readonly handle: LockHandle
} {
  const calls: string[] = []
  const inner = new kit.lib.InMemoryLockProvider()
  const handle: { -readonly [K in keyof LockHandle]: LockHandle[K] } = {
    release: async () => {},
    extend: async () => true,
    isValid: async () => true,
  }
  const provider: LockProvider = {
    async acquire(key, ttl, owner) {
      calls.push(`acquire ${key} ${ttl}`)
      const held = await inner.acquire(key, ttl, owner)
      if (held === null) return null
      const { release, extend, isValid } = held
      Object.assign(handle, {
        fence: held.fence,
        async release() {
          calls.push('release')
          await release()
        },
        async extend(more: number) {
          calls.push(`extend ${more}`)
          return extend(more)
        },
        isValid,
      })
      return handle
    },
    extend: (key, ttl, owner) => inner.extend(key, ttl, owner),
    forceRelease: (key) => inner.forceRelease(key),
  }
  return { calls, provider, handle }
}

export function persistLock(kit: Kit): void {
  holding(kit)
  waiting(kit)
  losing(kit)
  endings(kit)
  hostile(kit)
  misuse(kit)
}

function holding(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'lock: without a provider scopes of one process exclude one another', {}, async (s, clock) => {
    const other = lib.scope()
    const first = await s.acquireLock('memory:a')
    assert.instanceOf(first, lib.Lock)
    assert.deepEqual([first.key, first.isHeld, first.signal.aborted], ['memory:a', true, false])
    assert.isNull(await other.acquireLock('memory:a', { wait: false }))
    const elsewhere = await other.acquireLock('memory:b', { wait: false })
    assert.isTrue(elsewhere?.isHeld)
    const second = watch(other.acquireLock('memory:a'))
    await clock.advance(5_000)
    assert.isFalse(second.settled)
    await first.release()
    await clock.advance(500)
    assert.isTrue(second.value?.isHeld)
    assert.isFalse(first.isHeld)
    assert.isFalse(first.signal.aborted, 'giving back is no loss')
    assert.isAbove(second.value?.fence ?? 0, first.fence ?? 0)
    await end(other, clock)
    assert.isNotNull(await s.acquireLock('memory:a', { wait: false }), 'disposal has given it back')
  })

  inScope(kit, 'lock: a block gives it back, and so does the end of the scope', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    {
      await using lock = await s.acquireLock('k', { ttl: 900 })
      assert.strictEqual(lock.key, 'k')
    }
    assert.deepEqual(calls, ['acquire k 900', 'release'])
    assert.strictEqual(clock.pendingTimers, 0)
    const kept = await s.acquireLock('k', { ttl: 900 })
    await end(s, clock)
    assert.deepEqual(calls.slice(2), ['acquire k 900', 'release'])
    await kept.release()
    assert.lengthOf(calls, 4, 'once given back, always given back')
  })

  inScope(kit, 'lock: the end of the scope gives it back after the bodies have ended', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    const gate = deferred()
    const lock = await s.acquireLock('k')
    s.task(() => gate.promise)
    const ended = watch(s[Symbol.asyncDispose]())
    await clock.advance(500)
    assert.isTrue(lock.isHeld)
    assert.notInclude(calls, 'release')
    gate.resolve()
    await clock.settle()
    assert.isTrue(ended.settled)
    assert.include(calls, 'release')
  })

  inScope(kit, 'lock: it is extended every third of its ttl, for as long as it is held', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    const lock = await s.acquireLock('k', { ttl: 300 })
    await clock.advance(1_000)
    assert.lengthOf(
      calls.filter((call) => call === 'extend 300'),
      10,
    )
    assert.isTrue(lock.isHeld)
    assert.isNull(await s.acquireLock('k', { wait: false }))
    await lock.release()
    const before = calls.length
    await clock.advance(1_000)
    assert.lengthOf(calls, before)
    await end(s, clock)
  })

  inScope(kit, 'lock: with a ttl of Infinity there is nothing to extend and no timer', {}, async (s, clock) => {
    await using lock = await s.acquireLock('infinite', { ttl: Number.POSITIVE_INFINITY })
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.advance(100_000_000)
    assert.isTrue(lock.isHeld)
  })

  inScope(kit, 'lock: children inherit the provider', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    assert.strictEqual(s.persistence.lock, provider)
    const child = s.createChild()
    await child.acquireLock('k')
    assert.deepEqual(calls, ['acquire k 30000'])
    await end(s, clock)
    assert.include(calls, 'release')
  })

  timed(kit, 'lock: an owner without tasks and providers will do', async (clock) => {
    const owner = lib.createLifetime()
    const lock = await lib.acquireLock(owner, 'owned')
    assert.isTrue(lock.isHeld)
    await owner[Symbol.asyncDispose]()
    assert.isFalse(lock.isHeld)
    assert.strictEqual(clock.pendingTimers, 0)
  })
}

function lines(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(
    kit,
    'lock: those of one process are served in order, each in the turn of the release',
    {},
    async (s, clock) => {
      const first = await s.acquireLock('queue')
      const order: number[] = []
      const rest = [1, 2, 3, 4].map((n) =>
        s.acquireLock('queue').then((lock) => {
          order.push(n)
          return lock
        }),
      )
      await clock.advance(10_000)
      assert.deepEqual(order, [])
      const { now } = clock
      await first.release()
      for (const each of rest) await (await each).release()
      assert.deepEqual(order, [1, 2, 3, 4])
      assert.strictEqual(clock.now, now)
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )

  inScope(kit, 'lock: of many who wait only the first one asks', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    await s.acquireLock('k', { ttl: Number.POSITIVE_INFINITY })
    const all = Array.from({ length: 10 }, () => watch(s.acquireLock('k', { timeout: 2_000 })))
    await clock.advance(1_000)
    // 20, 60, 140, 300, 620: each pause twice the last.
    assert.lengthOf(
      calls.filter((call) => call.startsWith('acquire')),
      1 + 1 + 5,
    )
    await clock.advance(1_000)
    for (const { error } of all) assert.instanceOf(error, lib.TimeoutError)
    await end(s, clock)
  })
}

function waiting(kit: Kit): void {
  const { lib } = kit
  const { trackSignal } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  if (!kit.env.isolatesRequests) lines(kit)

  inScope(kit, 'lock: all who wait get it in the end', {}, async (s, clock) => {
    const first = await s.acquireLock('all')
    const rest = [1, 2, 3, 4].map(() => watch(s.acquireLock('all').then((lock) => lock.release())))
    await clock.advance(1_000)
    assert.isFalse(rest.some((each) => each.settled))
    await first.release()
    await clock.advance(5_000)
    assert.isTrue(rest.every((each) => each.settled && !each.rejected))
    assert.strictEqual(clock.pendingTimers, 0)
  })

  inScope(kit, 'lock: a process that has died is waited for no longer than its ttl', {}, async (_s, clock) => {
    const lock = new lib.InMemoryLockProvider()
    assert.isNotNull(await lock.acquire('k', 1_000, 'dead'))
    const s = lib.scope({ persistence: { lock } })
    const waits = watch(s.acquireLock('k'))
    await clock.advance(999)
    assert.isFalse(waits.settled)
    await clock.advance(501)
    assert.isTrue(waits.value?.isHeld)
    await end(s, clock)
  })

  inScope(kit, 'lock: a timeout, a signal or the end of the scope ends a wait at once', {}, async (s, clock) => {
    const tracked = trackSignal()
    const held = await s.acquireLock('ends')
    const slow = watch(s.acquireLock('ends', { timeout: 50 }))
    const cancelled = watch(s.acquireLock('ends', { signal: tracked.signal }))
    const child = s.createChild()
    const orphaned = watch(child.acquireLock('ends'))
    await clock.advance(49)
    assert.isFalse(slow.settled)
    await clock.advance(1)
    assert.instanceOf(slow.error, lib.TimeoutError)
    assert.match(String(slow.error), /50ms: ends/)
    assert.isFalse(lib.isCancelled(slow.error))
    const reason = new Error('no longer')
    tracked.abort(reason)
    await clock.settle()
    assert.strictEqual(cancelled.error, reason)
    assert.isTrue(lib.isCancelled(reason))
    child.cancel(reason)
    await clock.settle()
    assert.strictEqual(orphaned.error, reason)
    assert.strictEqual(tracked.listenerCount, 0)
    await held.release()
    assert.strictEqual(clock.pendingTimers, 0)
    const now = watch(s.acquireLock('ends', { timeout: 0 }))
    const gone = watch(s.acquireLock('ends', { signal: tracked.signal }))
    await clock.settle()
    assert.instanceOf(now.error, lib.TimeoutError)
    assert.strictEqual(gone.error, reason)
  })

  inScope(kit, 'lock: whoever leaves the line lets the next one ask', {}, async (s, clock) => {
    const held = await s.acquireLock('leave')
    const tracked = trackSignal()
    const first = watch(s.acquireLock('leave', { signal: tracked.signal }))
    const second = watch(s.acquireLock('leave'))
    await clock.settle()
    tracked.abort(new Error('left'))
    await held.release()
    await clock.advance(500)
    assert.isTrue(first.rejected)
    assert.isTrue(second.value?.isHeld)
  })

  inScope(kit, 'lock: a grant that comes too late is given back', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const answer = deferred()
    const acquire = provider.acquire.bind(provider)
    const slow = Object.assign(provider, {
      async acquire(key: string, ttl: number) {
        await answer.promise
        return acquire(key, ttl)
      },
    })
    const s = lib.scope({ persistence: { lock: slow } })
    const late = watch(s.acquireLock('k', { timeout: 10 }))
    await clock.advance(10)
    assert.instanceOf(late.error, lib.TimeoutError)
    const ended = watch(s[Symbol.asyncDispose]())
    await clock.advance(100)
    assert.isFalse(ended.settled, 'the end of the scope waits for it')
    answer.resolve()
    await clock.settle()
    assert.deepEqual(calls, ['acquire k 30000', 'release'])
    assert.isTrue(ended.settled)
  })
}

function losing(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'lock: one that was taken away is told with the next extension', {}, async (_s, clock) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    const lock = await s.acquireLock('k', { ttl: 300 })
    const { signal } = lock
    await provider.forceRelease('k')
    assert.isTrue(lock.isHeld)
    await clock.advance(100)
    assert.isFalse(lock.isHeld)
    assert.isTrue(signal.aborted)
    assert.instanceOf(signal.reason, lib.LockLostError)
    assert.match(String(signal.reason), /"k".*taken/)
    assert.strictEqual(clock.pendingTimers, 0)
    await lock.release()
    assert.notInclude(calls, 'release', 'what was lost is not given back')
    await end(s, clock)
  })

  for (const [how, extend] of [
    ['rejects', () => Promise.reject(new Error('offline'))],
    [
      'throws',
      () => {
        throw new Error('offline')
      },
    ],
    ['answers nonsense', async () => 'yes'],
    ['hangs', () => new Promise(() => {})],
  ] as const) {
    inScope(
      kit,
      `lock: when its extension ${how} it is lost once its ttl is over, not earlier`,
      {},
      async (_s, clock, log) => {
        const { provider, handle, calls } = recorded(kit)
        const s = lib.scope({ persistence: { lock: provider }, logger: log.logger })
        const lock = await s.acquireLock('k', { ttl: 300 })
        Object.assign(handle, { extend })
        await clock.advance(299)
        assert.isTrue(lock.isHeld)
        await clock.advance(1)
        assert.isFalse(lock.isHeld)
        assert.instanceOf(lock.signal.reason, lib.LockLostError)
        assert.match(String(lock.signal.reason), /300ms/)
        await clock.settle()
        assert.include(calls, 'release', 'an extension may have come through after all')
        const told = log.at('error').map((line) => String(line.args[0]))
        assert.lengthOf(told, how === 'hangs' ? 0 : 2)
        for (const each of told) assert.match(each, /ProviderError: The lock provider's extend .*"k"/)
        assert.strictEqual(clock.pendingTimers, 0)
        await end(s, clock)
      },
    )
  }

  inScope(kit, 'lock: an extension that fails and then works keeps it', {}, async (_s, clock, log) => {
    const { provider, handle } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider }, logger: log.logger })
    const lock = await s.acquireLock('k', { ttl: 300 })
    const { extend } = handle
    let failures = 2
    Object.assign(handle, {
      extend: (ttl: number) => (failures-- > 0 ? Promise.reject(new Error('offline')) : extend(ttl)),
    })
    await clock.advance(150)
    failures = 0
    await clock.advance(10_000)
    assert.isTrue(lock.isHeld)
    assert.lengthOf(log.at('error'), 1)
    await end(s, clock)
  })

  inScope(kit, 'lock: a loss lets the next one of this process in', {}, async (_s, clock) => {
    const provider = new lib.InMemoryLockProvider()
    const s = lib.scope({ persistence: { lock: provider } })
    const lock = await s.acquireLock('k', { ttl: 300 })
    const next = watch(s.acquireLock('k'))
    await clock.settle()
    await provider.forceRelease('k')
    await clock.advance(100)
    assert.isFalse(lock.isHeld)
    assert.isTrue(next.value?.isHeld)
    assert.isAbove(next.value?.fence ?? 0, lock.fence ?? 0)
    await end(s, clock)
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'lock: never two holders, whoever gives up, dies or comes', {}, async (_s, clock) => {
    const lock = new lib.InMemoryLockProvider()
    const next = kit.testing.random(7)
    let holders = 0
    let grants = 0
    let fence = 0
    const use = async (held: Lock): Promise<void> => {
      grants++
      assert.strictEqual(++holders, 1)
      assert.isAbove(held.fence ?? 0, fence)
      fence = held.fence ?? 0
      await new Promise<void>((resolve) => setTimeout(resolve, Math.floor(next() * 200)))
      holders--
      await held.release()
    }
    const scopes = Array.from({ length: 5 }, () => lib.scope({ persistence: { lock } }))
    for (let i = 0; i < 100; i++) {
      const s = scopes[i % scopes.length] ?? lib.scope()
      const options = { ttl: 50, ...(next() < 0.3 ? { timeout: next() * 500 } : {}) }
      s.acquireLock('k', options).then(use, (error: unknown) => assert.instanceOf(error, lib.TimeoutError))
      if (next() < 0.3) await clock.advance(next() * 50)
    }
    await clock.advance(60_000)
    assert.isAbove(grants, 50)
    assert.strictEqual(holders, 0)
    assert.strictEqual(clock.pendingTimers, 0)
    for (const s of scopes) await end(s, clock)
  })

  inScope(kit, 'lock: a release that fails rejects, and fails the disposal', {}, async (_s, clock) => {
    const { provider, handle } = recorded(kit)
    const cause = new Error('offline')
    for (const release of [
      () => Promise.reject(cause),
      () => {
        throw cause
      },
    ]) {
      const s = lib.scope({ persistence: { lock: provider } })
      await s.acquireLock('k')
      Object.assign(handle, { release })
      const ended = watch(s[Symbol.asyncDispose]())
      await clock.settle()
      assert.instanceOf(ended.error, lib.ProviderError)
      const error = ended.error as InstanceType<typeof lib.ProviderError>
      assert.deepEqual([error.provider, error.operation, error.key, error.cause], ['lock', 'release', 'k', cause])
      await provider.forceRelease('k')
    }
  })

  inScope(
    kit,
    'lock: a release that hangs is waited for as long as the grace period, and warned of',
    {},
    async (_s, clock, log) => {
      const { provider, handle } = recorded(kit)
      const s = lib.scope({ persistence: { lock: provider }, logger: log.logger, gracePeriod: 500 })
      await s.acquireLock('k')
      Object.assign(handle, { release: () => new Promise(() => {}) })
      const ended = watch(s[Symbol.asyncDispose]())
      await clock.advance(499)
      assert.isFalse(ended.settled)
      await clock.advance(1)
      assert.isTrue(ended.settled && !ended.rejected)
      assert.lengthOf(log.at('warn'), 1)
      assert.match(log.at('warn')[0]?.message ?? '', /lock provider.*500ms.*release.*"k"/)
    },
  )
}

function hostile(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert
  const cause = new Error('offline')

  for (const [how, acquire, trouble] of [
    ['rejects', () => Promise.reject(cause), /failed: offline/],
    [
      'throws',
      () => {
        throw cause
      },
      /failed: offline/,
    ],
    ['rejects with nothing', () => Promise.reject(undefined), /failed/],
    ['answers nonsense', async () => ({ ok: true }), /answered/],
    ['answers true', async () => true, /answered true/],
  ] as const) {
    inScope(
      kit,
      `lock: a provider that ${how} gives an error that says which, what and where`,
      {},
      async (_s, clock) => {
        const s = lib.scope({ persistence: { lock: { ...recorded(kit).provider, acquire: acquire as never } } })
        for (const wait of [true, false]) {
          const result = watch(s.acquireLock('key', { wait }))
          await clock.settle()
          assert.instanceOf(result.error, lib.ProviderError)
          const { message } = result.error as Error
          assert.match(message, /lock provider's acquire .*"key"/)
          assert.match(message, trouble)
        }
        assert.strictEqual(clock.pendingTimers, 0)
        await end(s, clock)
      },
    )
  }

  inScope(kit, 'lock: a provider that hangs is ended by the timeout, by nothing else', {}, async (_s, clock) => {
    const lock: LockProvider = { ...recorded(kit).provider, acquire: () => new Promise(() => {}) }
    const s = lib.scope({ persistence: { lock } })
    const bounded = watch(s.acquireLock('k', { timeout: 50 }))
    const once = watch(s.acquireLock('k', { timeout: 50, wait: false }))
    await clock.advance(50)
    assert.instanceOf(bounded.error, lib.TimeoutError)
    assert.instanceOf(once.error, lib.TimeoutError)
    const ended = watch(s[Symbol.asyncDispose]())
    await clock.advance(10_000)
    assert.isTrue(ended.settled && !ended.rejected)
  })
}

function misuse(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'lock: misuse throws at the call', {}, async (s, clock) => {
    const wrong: readonly (readonly [unknown, unknown, typeof TypeError | typeof RangeError])[] = [
      [undefined, {}, TypeError],
      ['', {}, RangeError],
      ['k', null, TypeError],
      ['k', { ttl: 0 }, RangeError],
      ['k', { ttl: -1 }, RangeError],
      ['k', { ttl: Number.NaN }, RangeError],
      ['k', { ttl: '5' }, TypeError],
      ['k', { timeout: -1 }, RangeError],
      ['k', { wait: 'no' }, TypeError],
      ['k', { signal: {} }, TypeError],
    ]
    for (const [key, options, kind] of wrong) {
      const failed = thrown(() => s.acquireLock(key as never, options as never))
      assert.instanceOf(failed?.error, kind, JSON.stringify([key, options]))
      assert.match(String(failed?.error), /Cannot acquire lock: /)
    }
    const gone = lib.scope()
    await end(gone, clock)
    assert.instanceOf(thrown(() => gone.acquireLock('k'))?.error, lib.ScopeDisposedError)
    for (const lock of [null, {}, { acquire: 5 }]) {
      assert.throws(() => lib.scope({ persistence: { lock: lock as never } }), TypeError, /persistence\.lock/)
    }
  })

  inScope(kit, 'lock: on a cancelled scope it rejects with the reason and asks nobody', {}, async (_s, clock, log) => {
    const { calls, provider } = recorded(kit)
    const s = lib.scope({ persistence: { lock: provider } })
    const reason = new Error('stop')
    s.cancel(reason)
    const result = watch(s.acquireLock('k'))
    await clock.settle()
    assert.strictEqual(result.error, reason)
    assert.deepEqual(calls, [])
    assert.lengthOf(reportsOf(log, reason), 0)
    await end(s, clock)
  })
}
