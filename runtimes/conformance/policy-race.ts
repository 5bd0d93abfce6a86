/** `race` gives the Result of the first to settle, or to succeed, and cancels the others. */

import { deferred, sleep, tells, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, oddities, reportsOf, thrown, untilAborted } from './policy-fixtures.js'

export function policyRace(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'race: the first to settle wins, and the others are aborted in the same turn', {}, async (s, clock) => {
    const signals: AbortSignal[] = []
    const keep =
      (ms: number, value: string) =>
      async ({ signal }: { signal: AbortSignal }) => {
        signals.push(signal)
        await sleep(ms)
        return value
      }
    const result = watch(s.race([keep(30, 'slow'), keep(10, 'quick'), keep(20, 'middle')]))
    await clock.advance(10)
    assert.deepEqual(result.value, [undefined, 'quick'])
    assert.isTrue(signals[0]?.aborted)
    assert.isTrue(signals[2]?.aborted)
    assert.isTrue(lib.isCancelled(signals[0]?.reason))
    assert.isFalse(signals[1]?.aborted, 'the winner is not aborted')
    assert.isFalse(s.aborted)
    await clock.advance(20)
  })

  inScope(kit, 'race: a failure that settles first wins, by identity', {}, async (s) => {
    const error = new Error('first')
    assert.strictEqual((await s.race([untilAborted, () => Promise.reject(error)]))[0], error)
  })

  inScope(kit, 'race: undefined is a value like any other', {}, async (s) => {
    const result = await s.race([() => undefined, untilAborted])
    assert.deepEqual(result, [undefined, undefined])
    assert.deepEqual(
      await s.race([() => Promise.reject(new Error('x')), async () => undefined], { requireSuccess: true }),
      [undefined, undefined],
    )
  })

  inScope(kit, 'race: s.race is race(s)', {}, async (s) => {
    assert.deepEqual(await lib.race(s, [() => 1]), [undefined, 1])
  })

  inScope(kit, 'race: without factories it is an error, with every option', {}, async (s, clock) => {
    for (const options of [{}, { requireSuccess: true }, { timeout: 5 }, { waitForLosers: true, concurrency: 1 }]) {
      const [error, value] = await s.race([], options)
      assert.instanceOf(error, Error)
      assert.strictEqual(error?.message, 'Cannot race empty array of factories')
      assert.strictEqual(value, undefined)
    }
    assert.strictEqual(clock.pendingTimers, 0)
  })

  inScope(kit, 'race: with requireSuccess only a success wins', {}, async (s, clock) => {
    const result = watch(
      s.race([() => Promise.reject(new Error('quick')), () => sleep(10).then(() => 'success'), untilAborted], {
        requireSuccess: true,
      }),
    )
    await clock.settle()
    assert.isFalse(result.settled)
    await clock.advance(10)
    assert.deepEqual(result.value, [undefined, 'success'])
  })

  inScope(
    kit,
    'race: when all fail the errors come in the order of the factories, by identity',
    {},
    async (s, clock) => {
      const errors = [new Error('last'), new TypeError('first'), new RangeError('second')]
      const fail = (ms: number, error: unknown) => () => sleep(ms).then(() => Promise.reject(error))
      const race = s.race([fail(30, errors[0]), fail(10, errors[1]), fail(20, errors[2])], { requireSuccess: true })
      await clock.advance(30)
      const [error] = await race
      assert.instanceOf(error, AggregateError)
      assert.strictEqual(error?.message, 'All race competitors failed (3 errors)')
      const all = (error as AggregateError).errors
      assert.lengthOf(all, 3)
      errors.forEach((each, at) => void assert.strictEqual(all[at], each))
      assert.isFalse(lib.isCancelled(error))
    },
  )

  inScope(kit, 'race: competitors that throw what is no error, or nothing, have failed', {}, async (s) => {
    const [error] = await s.race(
      oddities.map((odd) => () => {
        throw odd
      }),
      { requireSuccess: true },
    )
    assert.instanceOf(error, AggregateError)
    const { errors } = error as AggregateError
    assert.lengthOf(errors, oddities.length)
    oddities.forEach((odd, at) => {
      assert.instanceOf(errors[at], lib.UnknownError)
      assert.isTrue(Object.is(errors[at].cause, odd))
    })
    const [single] = await s.race([() => Promise.reject(undefined)])
    assert.instanceOf(single, lib.UnknownError)
  })

  inScope(kit, 'race: the timeout is a TimeoutError, aborts all, and is no cancellation', {}, async (s, clock) => {
    const signals: AbortSignal[] = []
    const result = watch(
      s.race(
        [
          (context) => {
            signals.push(context.signal)
            return untilAborted(context)
          },
          ({ signal }) => {
            signals.push(signal)
            return sleep(50)
          },
        ],
        { timeout: 5 },
      ),
    )
    await clock.advance(4)
    assert.isFalse(result.settled)
    await clock.advance(1)
    const error = result.value?.[0]
    assert.instanceOf(error, lib.TimeoutError)
    assert.strictEqual(error?.message, 'Race timeout after 5ms')
    assert.strictEqual((error as InstanceType<typeof lib.TimeoutError>).ms, 5)
    assert.isFalse(lib.isCancelled(error))
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [true, true],
    )
    await clock.advance(50)
  })

  inScope(kit, 'race: a timeout wins over failures so far when a success is required', {}, async (s, clock) => {
    const result = watch(
      s.race([() => Promise.reject(new Error('x')), untilAborted], { requireSuccess: true, timeout: 10 }),
    )
    await clock.advance(10)
    assert.instanceOf(result.value?.[0], lib.TimeoutError)
  })

  inScope(kit, 'race: the timer of the timeout is gone once the race is decided', {}, async (s, clock) => {
    await s.race([() => 1], { timeout: 1000 })
    assert.strictEqual(clock.pendingTimers, 0)
    await s.race([() => Promise.reject(new Error('x'))], { timeout: 1000, requireSuccess: true })
    assert.strictEqual(clock.pendingTimers, 0)
    const cancelled = watch(s.race([untilAborted], { timeout: 1000 }))
    s.cancel()
    await clock.settle()
    assert.isTrue(cancelled.settled)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  inScope(kit, 'race: timeout 0 has expired, so nobody starts', {}, async (s) => {
    const [error] = await s.race([() => assert.fail('started')], { timeout: 0 })
    assert.instanceOf(error, lib.TimeoutError)
    assert.strictEqual(error?.message, 'Race timeout after 0ms')
  })

  inScope(
    kit,
    'race: timeout Infinity arms nothing and one above 2^31-1 does not fire at once',
    {},
    async (s, clock) => {
      const gate = deferred<string>()
      const never = watch(s.race([() => gate.promise], { timeout: Number.POSITIVE_INFINITY }))
      assert.strictEqual(clock.pendingTimers, 0)
      const long = watch(s.race([() => gate.promise], { timeout: 2 ** 31 + 10 }))
      await clock.advance(1_000_000)
      assert.isFalse(never.settled || long.settled)
      await clock.advance(2 ** 31 - 1_000_000 + 9)
      assert.isFalse(long.settled)
      await clock.advance(1)
      assert.instanceOf(long.value?.[0], lib.TimeoutError)
      assert.isFalse(never.settled)
      gate.resolve('done')
      await clock.settle()
      assert.deepEqual(never.value, [undefined, 'done'])
    },
  )

  inScope(
    kit,
    'race: it does not wait for losers that ignore their signal, but the scope does',
    {},
    async (s, clock) => {
      const loser = deferred()
      const result = await s.race<unknown>([() => loser.promise, () => 'winner'])
      assert.deepEqual(result, [undefined, 'winner'])
      const exit = watch(s[Symbol.asyncDispose]())
      await clock.advance(100)
      assert.isFalse(exit.settled)
      loser.resolve()
      await clock.settle()
      assert.isTrue(exit.settled)
    },
  )

  inScope(kit, 'race: waitForLosers waits for their bodies and gives the same winner', {}, async (s, clock) => {
    const loser = deferred()
    const result = watch(s.race<unknown>([() => loser.promise, () => 'winner'], { waitForLosers: true }))
    await clock.advance(100)
    assert.isFalse(result.settled)
    loser.reject(new Error('late'))
    await clock.settle()
    assert.deepEqual(result.value, [undefined, 'winner'])
    const timedOut = watch(s.race([() => sleep(50)], { waitForLosers: true, timeout: 10 }))
    await clock.advance(49)
    assert.isFalse(timedOut.settled)
    await clock.advance(1)
    assert.instanceOf(timedOut.value?.[0], lib.TimeoutError)
  })

  inScope(
    kit,
    'race: concurrency bounds who competes; a failure lets the next one in, each runs once',
    {},
    async (s, clock) => {
      const started: number[] = []
      let running = 0
      let most = 0
      const competitor = (at: number) => async () => {
        started.push(at)
        most = Math.max(most, ++running)
        await sleep(10)
        running--
        if (at < 4) throw new Error(`no ${at}`)
        return at
      }
      const result = watch(
        s.race(
          Array.from({ length: 8 }, (_, at) => competitor(at)),
          { concurrency: 2, requireSuccess: true },
        ),
      )
      await clock.advance(30)
      assert.deepEqual(result.value, [undefined, 4])
      assert.deepEqual(started, [0, 1, 2, 3, 4, 5])
      assert.strictEqual(most, 2)
      await clock.advance(100)
      assert.lengthOf(started, 6, 'nobody starts after the end')
    },
  )

  inScope(kit, 'race: with a concurrency of one and no success required, only the first one runs', {}, async (s) => {
    const error = new Error('settled first')
    const [result] = await s.race([() => Promise.reject(error), () => assert.fail('started')], { concurrency: 1 })
    assert.strictEqual(result, error)
  })

  inScope(
    kit,
    'race: a cancelled scope is the result, by identity, also while one waits for a success',
    {},
    async (s, clock) => {
      const reason = new Error('stop')
      const started: number[] = []
      const waiting = watch(s.race([() => Promise.reject(new Error('x')), untilAborted], { requireSuccess: true }))
      const limited = watch(
        s.race([untilAborted, () => void started.push(1)], { requireSuccess: true, concurrency: 1, timeout: 1000 }),
      )
      await clock.settle()
      s.cancel(reason)
      await clock.settle()
      assert.strictEqual(waiting.value?.[0], reason)
      assert.strictEqual(limited.value?.[0], reason)
      assert.deepEqual(started, [])
      assert.strictEqual((await s.race([() => assert.fail('started')]))[0], reason)
      assert.strictEqual(
        (await s.race([() => assert.fail('started')], { requireSuccess: true, timeout: 5 }))[0],
        reason,
      )
    },
  )

  inScope(kit, 'race: on a disposed scope it throws at the call', {}, async (_s, clock) => {
    const other = lib.scope()
    await end(other, clock)
    assert.instanceOf(thrown(() => other.race([() => 1]))?.error, lib.ScopeDisposedError)
  })

  inScope(kit, 'race: misuse throws at the call and starts nothing', {}, async (s) => {
    let ran = 0
    const body = () => void ran++
    for (const concurrency of [-1, 0.5, Number.NaN])
      assert.throws(() => s.race([body], { concurrency }), RangeError, /concurrency/)
    for (const timeout of [-1, Number.NaN]) assert.throws(() => s.race([body], { timeout }), RangeError, /timeout/)
    assert.throws(() => s.race([body], { timeout: '5' as never }), TypeError, /timeout/)
    assert.throws(() => s.race([body, null as never]), TypeError)
    assert.throws(() => s.race({} as never), TypeError)
    assert.strictEqual(ran, 0)
  })

  inScope(kit, 'race: a loser that fails late is nobody’s unhandled failure', {}, async (s, clock, log) => {
    const loser = deferred<never>()
    const error = new Error('late loser')
    await s.race([() => loser.promise, () => 1])
    const failed = new Error('beaten')
    await s.race([() => Promise.reject(failed), () => sleep(1).then(() => 1)].slice(0, 1), { requireSuccess: true })
    loser.reject(error)
    await clock.settle()
    await end(s, clock)
    for (const each of [error, failed]) {
      assert.lengthOf(reportsOf(log, each), 0)
      assert.isFalse(log.lines.some((line) => tells(line, each)))
    }
  })

  inScope(kit, 'race: losers do not count against the breaker', {}, async (_s, clock) => {
    const breaker = lib.circuitBreaker({ failureThreshold: 2 })
    const other = lib.scope({ circuitBreaker: breaker })
    await other.race([untilAborted, untilAborted, untilAborted, () => 1])
    await clock.settle()
    assert.strictEqual(breaker.state, 'closed')
    assert.strictEqual(breaker.failureCount, 0)
    await end(other, clock)
  })

  inScope(kit, 'race: 10 000 competitors, one winner, nothing left', {}, async (s, clock) => {
    let started = 0
    const result = watch(
      s.race(
        Array.from({ length: 10_000 }, (_, at) => (context: { signal: AbortSignal }) => {
          started++
          return at === 7_777 ? sleep(5).then(() => at) : untilAborted(context)
        }),
        { timeout: 1000 },
      ),
    )
    await clock.advance(5)
    assert.deepEqual(result.value, [undefined, 7_777])
    assert.strictEqual(started, 10_000)
    assert.strictEqual(clock.pendingTimers, 0)
  })
}
