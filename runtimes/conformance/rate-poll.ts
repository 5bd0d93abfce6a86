/** A poll calls again after each turn, one turn at a time, until it is stopped. */

import { deferred, recorder, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function ratePoll(kit: Kit): void {
  turns(kit)
  control(kit)
}

function turns(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'poll: starts at once, then 5 s after the call and its onValue have ended', async (clock) => {
    const s = lib.scope()
    const values: number[] = []
    let calls = 0
    const gate = deferred()
    const controller = s.poll(
      async () => ++calls,
      (value) => {
        values.push(value)
        return gate.promise
      },
    )
    assert.strictEqual(calls, 1)
    await clock.advance(20_000)
    assert.deepEqual([calls, values], [1, [1]])
    gate.resolve()
    await clock.advance(4_999)
    assert.strictEqual(calls, 1)
    await clock.advance(1)
    assert.strictEqual(calls, 2)
    assert.include(controller.status(), { running: true, pollCount: 2, timeUntilNext: 5_000 })
    await s[Symbol.asyncDispose]()
    assert.isFalse(controller.status().running)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'poll: failures are told and do not end it; backoff and until', async (clock) => {
    const s = lib.scope()
    const told: [string, number][] = []
    let calls = 0
    const controller = lib.poll(
      s,
      () => (++calls < 3 ? Promise.reject(new Error(`down ${calls}`)) : calls),
      () => {},
      {
        interval: 10,
        backoff: (failures) => failures * 100,
        until: (value) => value === 4,
        onError: (error, failures) => void told.push([error.message, failures]),
      },
    )
    await clock.advance(299)
    assert.strictEqual(calls, 2)
    await clock.advance(1_000)
    assert.strictEqual(calls, 4)
    assert.deepEqual(told, [
      ['down 1', 1],
      ['down 2', 2],
    ])
    assert.isFalse(controller.status().running)
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'poll: without onError failures go to the logger, as do throwing callbacks', async (clock) => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    let calls = 0
    const fail = (): never => {
      throw new Error('no')
    }
    s.poll(() => (++calls === 1 ? fail() : calls), fail, { interval: 10 })
    await clock.advance(10)
    assert.lengthOf(at('error'), 2)
    await s[Symbol.asyncDispose]()
  })
}

function control(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'poll: stop aborts the call and drops its value; stop and start leave one loop', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const signals: AbortSignal[] = []
    const values: number[] = []
    const fn = async (signal: AbortSignal): Promise<number> => {
      const call = signals.push(signal)
      await gate.promise
      return call
    }
    const controller = s.poll(fn, (value) => void values.push(value), { interval: 100 })
    controller.stop()
    controller.start()
    controller.start()
    assert.isTrue(signals[0]?.aborted)
    assert.isTrue(lib.isCancelled(signals[0]?.reason))
    await clock.settle()
    assert.lengthOf(signals, 1) // never two at a time: the first is still running
    gate.resolve()
    await clock.settle()
    assert.deepEqual(values, [2])
    await clock.advance(100)
    assert.deepEqual(values, [2, 3])
    controller[Symbol.dispose]()
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'poll: immediate: false waits one interval first', async (clock) => {
    const s = lib.scope()
    let calls = 0
    s.poll(
      () => ++calls,
      () => {},
      { immediate: false, interval: 100 },
    )
    await clock.advance(99)
    assert.strictEqual(calls, 0)
    await clock.advance(1)
    assert.strictEqual(calls, 1)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'poll: the end of the scope aborts the call with its reason and waits for it', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    let seen: AbortSignal | undefined
    let values = 0
    const fn = (signal: AbortSignal): Promise<void> => {
      seen = signal
      return gate.promise
    }
    const controller = s.poll(fn, () => void values++)
    const done = watch(s[Symbol.asyncDispose]())
    assert.strictEqual(seen?.reason, s.reason)
    await clock.settle()
    assert.isFalse(done.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(done.settled)
    assert.strictEqual(values, 0)
    assert.throws(() => controller.start(), lib.ScopeDisposedError)
    assert.throws(() => s.poll(fn, () => {}, { interval: -1 }), RangeError)
  })

  timed(kit, 'poll: a foreign signal stops it for good and has no listener left', async (clock) => {
    const s = lib.scope()
    const tracked = kit.testing.trackSignal()
    const controller = s.poll(
      () => 1,
      () => {},
      { signal: tracked.signal },
    )
    await clock.settle()
    tracked.abort(new Error('away'))
    controller.start()
    assert.isFalse(controller.status().running)
    assert.strictEqual(tracked.listenerCount, 0)
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })
}
