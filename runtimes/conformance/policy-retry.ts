/** `retry` runs failed attempts again, one at a time, by its plan, and never what was cancelled. */

import type { Result, RetryConfig, RetryOption, Task } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, pauseFor, reportsOf, untilAborted, withRandom } from './policy-fixtures.js'

export function policyRetry(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  /** A body that fails at each attempt with the next error and notes when. */
  function failing(
    now: () => number,
    errors: (attempt: number) => unknown = (attempt) => new Error(`attempt ${attempt}`),
  ) {
    const times: number[] = []
    const body = async (): Promise<never> => {
      times.push(now())
      throw errors(times.length)
    }
    return { times, body }
  }

  inScope(
    kit,
    'retry: a failed attempt is run again until one succeeds; attempts count from 1',
    {},
    async (s, clock) => {
      const seen: number[] = []
      const result = watch(
        s.task(
          async ({ attempt }) => {
            seen.push(attempt)
            if (attempt < 3) throw new Error('not yet')
            return 'third'
          },
          { retry: { max: 5, delay: 10 } },
        ),
      )
      await clock.advance(20)
      assert.deepEqual(result.value, [undefined, 'third'])
      assert.deepEqual(seen, [1, 2, 3])
    },
  )

  inScope(
    kit,
    'retry: `max` counts the attempts after the first, and the last error is the result',
    {},
    async (s, clock) => {
      for (const [max, runs] of [
        [0, 1],
        [1, 2],
        [4, 5],
      ] as const) {
        const errors: unknown[] = []
        const { times, body } = failing(
          () => clock.now,
          (attempt) => (errors[attempt - 1] = new Error(`attempt ${attempt}`)),
        )
        const result = watch(s.task(body, { retry: { max, delay: 1 } }))
        await clock.advance(100)
        assert.lengthOf(times, runs)
        assert.strictEqual(result.value?.[0], errors.at(-1))
      }
    },
  )

  inScope(kit, 'retry: an empty plan retries three times', {}, async (s, clock) => {
    const { times, body } = failing(() => clock.now)
    const result = watch(s.task(body, { retry: {} }))
    await clock.advance(100_000)
    assert.lengthOf(times, 4)
    assert.isTrue(result.settled)
  })

  const presets: readonly [RetryOption, number, readonly number[]][] = [
    ['fixed', 0.7, [0, 1_000, 2_000, 3_000]],
    ['linear', 0.7, [0, 1_000, 3_000, 6_000]],
    ['exponential', 0.5, [0, 50, 150, 350]],
    ['exponential', 0, [0, 0, 0, 0]],
    ['exponential', 1 - 2 ** -53, [0, 100, 300, 700]],
  ]
  for (const [retry, chance, expected] of presets) {
    inScope(
      kit,
      `retry: '${String(retry)}' waits as it says, three times (random ${chance.toFixed(1)})`,
      {},
      async (s, clock) => {
        await withRandom([chance], async () => {
          const { times, body } = failing(() => clock.now)
          const result = watch(s.task(body, { retry }))
          await clock.advance(10_000)
          assert.isTrue(result.settled)
          assert.lengthOf(times, 4)
          // Hosts cut or round fractions of a millisecond.
          times.forEach((at, n) => void assert.approximately(at, expected[n] ?? -1, 3))
        })
      },
    )
  }

  inScope(kit, 'retry: an exponential delay ends at 30 seconds', {}, async (s, clock) => {
    await withRandom([1 - 2 ** -53], async () => {
      const { times, body } = failing(() => clock.now)
      const result = watch(s.task(body, { retry: { max: 12, delay: lib.exponentialBackoff({ fullJitter: true }) } }))
      await clock.advance(500_000)
      assert.isTrue(result.settled)
      const gaps = times.slice(1).map((at, n) => at - (times[n] ?? 0))
      assert.approximately(gaps.at(-1) ?? 0, 30_000, 2)
      assert.isTrue(gaps.every((gap) => gap <= 30_000))
    })
  })

  inScope(kit, 'retry: a delay function is given the attempt that failed and its error', {}, async (s, clock) => {
    const asked: [number, unknown][] = []
    const errors: unknown[] = []
    const { times, body } = failing(
      () => clock.now,
      (attempt) => (errors[attempt - 1] = new Error(`attempt ${attempt}`)),
    )
    const delay = (attempt: number, error: unknown) => {
      asked.push([attempt, error])
      return attempt * 10
    }
    const result = watch(s.task(body, { retry: { max: 2, delay } }))
    await clock.advance(30)
    assert.isTrue(result.settled)
    assert.deepEqual(times, [0, 10, 30])
    assert.lengthOf(asked, 2)
    asked.forEach(([attempt, error], at) => {
      assert.strictEqual(attempt, at + 1)
      assert.strictEqual(error, errors[at])
    })
  })

  inScope(kit, 'retry: `delay: 0` goes on without hanging', {}, async (s, clock) => {
    const { times, body } = failing(() => clock.now)
    const result = watch(s.task(body, { retry: { max: 50, delay: 0 } }))
    await clock.advance(60)
    assert.isTrue(result.settled)
    assert.lengthOf(times, 51)
  })

  inScope(
    kit,
    'retry: `delay: 0` goes on at once, and lets timers have their turn now and then',
    {},
    async (s, clock) => {
      const { times, body } = failing(() => clock.now)
      const soon = watch(s.task(body, { retry: { max: 3, delay: 0 } }))
      await clock.advance(0)
      assert.isTrue(soon.settled)
      assert.lengthOf(times, 4)
      assert.strictEqual(clock.pendingTimers, 0)
      let turn = 0
      const many = watch(s.task(body, { retry: { max: 100, delay: 0 } }))
      setTimeout(() => (turn = times.length - 4), 0)
      await clock.advance(0)
      assert.isTrue(many.settled)
      assert.lengthOf(times, 4 + 101)
      assert.isBelow(turn, 101, 'a timer of somebody else had its turn in between')
      const stops = s.task(
        ({ attempt }) => {
          if (attempt === 3) stops.cancel()
          assert.isAtMost(attempt, 3)
          throw new Error('again')
        },
        { retry: { max: 10, delay: 0 }, timeout: 1_000 },
      )
      await clock.advance(0)
      assert.strictEqual(stops.status, 'cancelled')
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )

  inScope(kit, 'retry: a delay above 2^31-1 is waited for, not skipped', {}, async (s, clock) => {
    const { times, body } = failing(() => clock.now)
    const result = watch(s.task(body, { retry: { max: 1, delay: 2 ** 31 + 5 } }))
    await clock.advance(2 ** 31 + 4)
    assert.deepEqual(times, [0])
    await clock.advance(1)
    assert.deepEqual(times, [0, 2 ** 31 + 5])
    assert.isTrue(result.settled)
  })

  const spreads: readonly [number | boolean, number, number][] = [
    [true, 0.5, 50],
    [true, 0, 0],
    [0.5, 0, 50],
    [0.5, 0.5, 100],
    [0.5, 1 - 2 ** -53, 150],
    [0, 0, 100],
    [false, 0, 100],
  ]
  for (const [spread, chance, expected] of spreads) {
    inScope(
      kit,
      `retry: jitter ${spread} at random ${chance.toFixed(1)} makes ${expected} of a delay of 100`,
      {},
      async (s, clock) => {
        await withRandom([chance], async () => {
          const { times, body } = failing(() => clock.now)
          const result = watch(s.task(body, { retry: { max: 1, delay: 100, jitter: spread } }))
          await clock.advance(200)
          assert.isTrue(result.settled)
          assert.approximately(times[1] ?? -1, expected, 1)
        })
      },
    )
  }

  inScope(kit, 'retry: `if` sees each error and stops by saying no', {}, async (s, clock) => {
    const seen: unknown[] = []
    const errors: unknown[] = []
    const { times, body } = failing(
      () => clock.now,
      (attempt) => (errors[attempt - 1] = new Error(`attempt ${attempt}`)),
    )
    const result = watch(
      s.task(body, {
        retry: {
          max: 9,
          delay: 1,
          if: (error) => {
            seen.push(error)
            return seen.length < 3
          },
        },
      }),
    )
    await clock.advance(100)
    assert.lengthOf(times, 3)
    assert.strictEqual(result.value?.[0], errors[2])
    errors.forEach((error, at) => void assert.strictEqual(seen[at], error))
  })

  inScope(
    kit,
    'retry: onRetry hears of each attempt that failed and will be run again, in order, by identity',
    {},
    async (s, clock) => {
      const told: [unknown, number][] = []
      const errors: unknown[] = []
      const { body } = failing(
        () => clock.now,
        (attempt) => (errors[attempt - 1] = new Error(`attempt ${attempt}`)),
      )
      const result = watch(
        s.task(body, { retry: { max: 2, delay: 1, onRetry: (error, attempt) => void told.push([error, attempt]) } }),
      )
      await clock.advance(10)
      assert.isTrue(result.settled)
      assert.lengthOf(told, 2, 'not of the last one')
      told.forEach(([error, attempt], at) => {
        assert.strictEqual(error, errors[at])
        assert.strictEqual(attempt, at + 1)
      })
    },
  )

  inScope(
    kit,
    'retry: callbacks see an Error also when the body threw something else, or nothing',
    {},
    async (s, clock) => {
      const seen: unknown[] = []
      const note = (error: unknown) => {
        seen.push(error)
        return true
      }
      const result = watch(
        s.task(() => Promise.reject(undefined), {
          retry: { max: 1, delay: (_, error) => Number(!note(error)), if: note, onRetry: note },
        }),
      )
      await clock.advance(10)
      assert.instanceOf(result.value?.[0], lib.UnknownError)
      assert.isAtLeast(seen.length, 3)
      for (const error of seen) assert.instanceOf(error, lib.UnknownError)
    },
  )

  for (const where of ['if', 'onRetry', 'delay', 'retryAfter'] as const) {
    inScope(
      kit,
      `retry: a throwing \`${where}\` is reported once and the body's error stays the result`,
      {},
      async (s, clock, log) => {
        const trouble = new Error('callback')
        const error = new Error('body')
        const broken = () => {
          throw trouble
        }
        const retry: RetryConfig = { max: 1, delay: 5, [where]: broken }
        const result = watch(s.task(() => Promise.reject(error), { retry }))
        await clock.advance(1_000)
        assert.strictEqual(result.value?.[0], error)
        assert.lengthOf(reportsOf(log, trouble), 1)
      },
    )
  }

  for (const odd of [-1, Number.NaN, 'soon' as never, undefined as never]) {
    inScope(
      kit,
      `retry: a delay function that gives ${String(odd)} does not hang the task or lose its error`,
      {},
      async (s, clock) => {
        const error = new Error('body')
        const result = watch(s.task(() => Promise.reject(error), { retry: { max: 1, delay: () => odd } }))
        await clock.advance(60_000)
        assert.strictEqual(result.value?.[0], error)
      },
    )
  }

  inScope(
    kit,
    'retry: nothing starts when `maxElapsed` would be over, and nobody waits for it',
    {},
    async (s, clock) => {
      const { times, body } = failing(() => clock.now)
      const result = watch(s.task(body, { retry: { max: 100, delay: 100, maxElapsed: 250 } }))
      await clock.advance(200)
      assert.deepEqual(times, [0, 100, 200])
      assert.isTrue(result.settled, 'it stops now, since the next attempt would come too late')
      assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'attempt 3')
    },
  )

  inScope(kit, 'retry: misuse throws at the call and starts nothing', {}, async (s) => {
    const wrong: readonly (readonly [RegExp, RetryOption])[] = [
      [/retry/, 'quadratic' as never],
      [/retry/, 3 as never],
      [/retry/, null as never],
      [/retry/, '' as never],
      [/max/, { max: -1 }],
      [/max/, { max: 1.5 }],
      [/max/, { max: Number.NaN }],
      [/max/, { max: '3' as never }],
      [/delay/, { delay: -1 }],
      [/delay/, { delay: Number.NaN }],
      [/delay/, { delay: '5' as never }],
      [/if/, { if: true as never }],
      [/onRetry/, { onRetry: {} as never }],
      [/maxElapsed/, { maxElapsed: -5 }],
      [/attemptTimeout/, { attemptTimeout: Number.NaN }],
      [/jitter/, { jitter: 1.1 }],
      [/jitter/, { jitter: -0.1 }],
      [/jitter/, { jitter: 'full' as never }],
      [/retryAfter/, { retryAfter: true as never }],
    ]
    for (const [names, retry] of wrong) {
      try {
        s.task(() => assert.fail('started'), { retry })
        assert.fail(`accepted ${JSON.stringify(retry)}`)
      } catch (error) {
        assert.isTrue(error instanceof TypeError || error instanceof RangeError, String(error))
        assert.match((error as Error).message, names)
      }
    }
  })

  inScope(
    kit,
    'retry: cancelled in backoff, it settles in the same turn with the reason and starts nothing',
    {},
    async (s, clock) => {
      const { times, body } = failing(() => clock.now)
      const t = s.task(body, { retry: { max: 5, delay: 100 } })
      const result = watch(t)
      await clock.advance(150)
      assert.lengthOf(times, 2)
      const reason = new Error('enough')
      t.cancel(reason)
      assert.strictEqual(t.status, 'cancelled')
      assert.strictEqual(clock.pendingTimers, 0, 'the timer of the backoff is gone')
      await clock.settle()
      assert.strictEqual(result.value?.[0], reason)
      await clock.advance(1_000)
      assert.lengthOf(times, 2)
    },
  )

  inScope(kit, 'retry: disposing of the scope ends the backoff at once', {}, async (s, clock) => {
    const { times, body } = failing(() => clock.now)
    const result = watch(s.task(body, { retry: { max: 5, delay: 60_000 } }))
    await clock.settle()
    const exit = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(exit.settled)
    assert.instanceOf(result.value?.[0], lib.AbortError)
    assert.lengthOf(times, 1)
  })

  inScope(kit, 'retry: the timeout of the scope in backoff is a cancellation', {}, async (_s, clock) => {
    const other = lib.scope({ timeout: 50 })
    const { times, body } = failing(() => clock.now)
    const t = other.task(body, { retry: { max: 5, delay: 100 } })
    const result = watch(t)
    await clock.advance(50)
    assert.instanceOf(result.value?.[0], lib.TimeoutError)
    assert.isTrue(lib.isCancelled(result.value?.[0]))
    assert.strictEqual(t.status, 'cancelled')
    await clock.advance(1_000)
    assert.lengthOf(times, 1)
    await end(other, clock)
  })

  inScope(kit, 'retry: a running attempt that is cancelled is not run again', {}, async (s, clock) => {
    let runs = 0
    const told: unknown[] = []
    const t = s.task(
      (context) => {
        runs++
        return untilAborted(context)
      },
      { retry: { max: 5, delay: 1, onRetry: (error) => void told.push(error), if: (error) => !told.push(error) } },
    )
    const result = watch(t)
    t.cancel(undefined)
    await clock.advance(100)
    assert.instanceOf(result.value?.[0], Error)
    assert.isTrue(lib.isCancelled(result.value?.[0]))
    assert.strictEqual(runs, 1)
    assert.deepEqual(told, [])
  })

  inScope(kit, 'retry: a body that ignores a cancel and then fails is not run again', {}, async (s, clock) => {
    let runs = 0
    const t = s.task(
      async () => {
        runs++
        await sleep(10)
        throw new Error('after the cancel')
      },
      { retry: { max: 5, delay: 1 } },
    )
    t.cancel()
    await clock.advance(100)
    assert.strictEqual(runs, 1)
    await t.settled
  })

  inScope(kit, 'retry: an onRetry that cancels the task is the last word', {}, async (s, clock) => {
    const reason = new Error('from onRetry')
    let runs = 0
    const t = s.task(
      async () => {
        runs++
        throw new Error('body')
      },
      { retry: { max: 5, delay: 1, onRetry: () => t.cancel(reason) } },
    )
    const result = watch(t)
    await clock.advance(100)
    assert.strictEqual(result.value?.[0], reason)
    assert.strictEqual(runs, 1)
  })

  inScope(
    kit,
    'retry: the timeout of the task spans all attempts, and is final in backoff too',
    {},
    async (s, clock) => {
      const { times, body } = failing(() => clock.now)
      const t = s.task(body, { id: 'spanned', timeout: 250, retry: { max: 9, delay: 100 } })
      const result = watch(t)
      await clock.advance(250)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'Task timeout after 250ms: spanned')
      assert.strictEqual(t.status, 'failed')
      await clock.advance(1_000)
      assert.deepEqual(times, [0, 100, 200])
    },
  )

  inScope(
    kit,
    'attemptTimeout: the signal of the attempt aborts with its TimeoutError, and the attempt is run again',
    {},
    async (s, clock) => {
      const signals: AbortSignal[] = []
      const told: unknown[] = []
      const t = s.task(
        (context) => {
          signals.push(context.signal)
          return context.attempt === 3 ? 'third' : untilAborted(context)
        },
        { id: 'probe', retry: { max: 5, delay: 1, attemptTimeout: 5, onRetry: (error) => void told.push(error) } },
      )
      const result = watch(t)
      await clock.advance(50)
      assert.deepEqual(result.value, [undefined, 'third'])
      assert.lengthOf(signals, 3)
      assert.isFalse(signals[2]?.aborted)
      for (const at of [0, 1]) {
        const reason = signals[at]?.reason
        assert.instanceOf(reason, lib.TimeoutError)
        assert.strictEqual(reason.message, 'Attempt timeout after 5ms: probe')
        assert.strictEqual(told[at], reason, 'by identity')
        assert.isFalse(lib.isCancelled(reason))
      }
      assert.isFalse(t.signal.aborted, 'the task itself was never aborted')
    },
  )

  inScope(kit, 'attemptTimeout: the last expiry is the result, and a failure', {}, async (s, clock) => {
    const t = s.task(untilAborted, { id: 'slow', retry: { max: 1, delay: 1, attemptTimeout: 5 } })
    const result = watch(t)
    await clock.advance(50)
    assert.instanceOf(result.value?.[0], lib.TimeoutError)
    assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'Attempt timeout after 5ms: slow')
    assert.strictEqual(t.status, 'failed')
  })

  inScope(
    kit,
    'attemptTimeout: without a retry left it settles although the body ignores its signal',
    {},
    async (s, clock) => {
      const body = deferred()
      const result = watch(s.task(() => body.promise, { retry: { max: 0, attemptTimeout: 5 } }))
      await clock.advance(5)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      body.resolve()
    },
  )

  inScope(
    kit,
    'attemptTimeout: attempts never overlap, however long a body ignores its signal',
    {},
    async (s, clock) => {
      let running = 0
      let most = 0
      const starts: number[] = []
      const result = watch(
        s.task(
          async ({ attempt }) => {
            starts.push(clock.now)
            most = Math.max(most, ++running)
            if (attempt < 3) await sleep(100)
            running--
            return attempt
          },
          { retry: { max: 5, delay: 1, attemptTimeout: 10 } },
        ),
      )
      await clock.advance(99)
      assert.lengthOf(starts, 1, 'the second attempt waits for the first body')
      await clock.advance(200)
      assert.deepEqual(result.value, [undefined, 3])
      assert.strictEqual(most, 1)
    },
  )

  inScope(
    kit,
    'attemptTimeout: a body that outlives the grace period fails the task and is reported once as abandoned',
    {},
    async (_s, clock) => {
      const abandoned: string[] = []
      const other = lib.scope({ gracePeriod: 100, onAbandoned: ({ name }) => void abandoned.push(name) })
      const body = deferred()
      let runs = 0
      const result = watch(
        other.task(
          () => {
            runs++
            return body.promise
          },
          { id: 'deaf', retry: { max: 5, delay: 1, attemptTimeout: 10 } },
        ),
      )
      await clock.advance(109)
      assert.isFalse(result.settled)
      await clock.advance(5)
      assert.isTrue(result.settled)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      assert.strictEqual(runs, 1)
      assert.deepEqual(abandoned, ['deaf'])
      body.reject(new Error('late'))
      await clock.settle()
      await end(other, clock)
      assert.deepEqual(abandoned, ['deaf'], 'once')
      assert.strictEqual(runs, 1)
    },
  )

  inScope(
    kit,
    'attemptTimeout: cancelled while it waits for the old body, it settles in the same turn',
    {},
    async (s, clock) => {
      const body = deferred()
      let runs = 0
      const t = s.task(
        () => {
          runs++
          return body.promise
        },
        { retry: { max: 5, delay: 1, attemptTimeout: 10 } },
      )
      const result = watch(t)
      await clock.advance(20)
      assert.isFalse(result.settled)
      const reason = new Error('give up')
      t.cancel(reason)
      await clock.settle()
      assert.strictEqual(result.value?.[0], reason)
      assert.strictEqual(clock.pendingTimers, 0)
      body.resolve()
      await clock.advance(100)
      assert.strictEqual(runs, 1)
    },
  )

  inScope(kit, 'attemptTimeout: a late success of a timed-out attempt is not the result', {}, async (s, clock) => {
    const result = watch(
      s.task(
        async ({ attempt }) => {
          if (attempt === 1) await sleep(20)
          return `attempt ${attempt}`
        },
        { retry: { max: 1, delay: 1, attemptTimeout: 10 } },
      ),
    )
    await clock.advance(100)
    assert.deepEqual(result.value, [undefined, 'attempt 2'])
  })

  for (const attemptTimeout of [0, Number.POSITIVE_INFINITY, 2 ** 31 + 1]) {
    inScope(kit, `attemptTimeout: ${attemptTimeout} is what durations are everywhere`, {}, async (s, clock) => {
      let runs = 0
      const gate = deferred<string>()
      const result = watch(
        s.task(
          () => {
            runs++
            return gate.promise
          },
          { retry: { max: 1, delay: 1, attemptTimeout } },
        ),
      )
      await clock.advance(100)
      if (attemptTimeout === 0) {
        assert.instanceOf(result.value?.[0], lib.TimeoutError)
        assert.strictEqual(runs, 0, 'an attempt that has expired never starts')
      } else {
        assert.strictEqual(runs, 1)
        assert.isFalse(result.settled)
        if (attemptTimeout === Number.POSITIVE_INFINITY) assert.strictEqual(clock.pendingTimers, 0)
        gate.resolve('in time')
        await clock.settle()
        assert.deepEqual(result.value, [undefined, 'in time'])
        assert.strictEqual(clock.pendingTimers, 0)
      }
    })
  }

  inScope(kit, 'retry: an open circuit is not retried', {}, async (_s, clock) => {
    const other = lib.scope({ circuitBreaker: { failureThreshold: 2, resetTimeout: 1_000 } })
    const { times, body } = failing(() => clock.now)
    const result = watch(other.task(body, { retry: { max: 9, delay: 10 } }))
    await clock.advance(100)
    assert.isTrue(result.settled)
    assert.instanceOf(result.value?.[0], lib.CircuitOpenError)
    assert.deepEqual(times, [0, 10])
    await end(other, clock)
  })

  inScope(kit, 'retry: the permit is held in backoff', {}, async (_s, clock) => {
    const other = lib.scope({ concurrency: 1 })
    const order: string[] = []
    const first = other.task(
      async ({ attempt }) => {
        order.push(`first ${attempt}`)
        if (attempt === 1) throw new Error('again')
      },
      { retry: { max: 1, delay: 100 } },
    )
    const second = other.task(() => void order.push('second'))
    await clock.advance(99)
    assert.deepEqual(order, ['first 1'])
    await clock.advance(1)
    await Promise.all([first, second])
    assert.deepEqual(order, ['first 1', 'first 2', 'second'])
    await end(other, clock)
  })

  inScope(kit, 'retry: the context of each attempt is its own', {}, async (s, clock) => {
    const contexts: unknown[] = []
    const t = s.task(
      async (context) => {
        contexts.push(context)
        await pauseFor(1, context.signal)
        throw new Error(`at ${context.attempt}`)
      },
      { retry: { max: 2, delay: 1 } },
    )
    const result = watch(t)
    await clock.advance(20)
    assert.isTrue(result.settled)
    assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'at 3')
    assert.strictEqual(new Set(contexts).size, 3)
  })

  const hints: readonly (readonly [string, (now: number) => object, number])[] = [
    ['retryAfter in milliseconds', () => ({ retryAfter: 700 }), 700],
    ['retryAfter of 0', () => ({ retryAfter: 0 }), 0],
    ['headers with get()', () => ({ headers: new Headers({ 'Retry-After': '2' }) }), 2_000],
    ['plain headers', () => ({ headers: { 'retry-after': '2' } }), 2_000],
    ['plain headers as they are written', () => ({ headers: { 'Retry-After': '2' } }), 2_000],
    ['headers of the response', () => ({ response: { headers: new Headers({ 'Retry-After': '3' }) } }), 3_000],
    ['plain headers of the response', () => ({ response: { headers: { 'retry-after': '3' } } }), 3_000],
    ['a date', (now) => ({ headers: { 'retry-after': new Date(now + 5_000).toUTCString() } }), 5_000],
    ['a date in the past', (now) => ({ headers: { 'retry-after': new Date(now - 5_000).toUTCString() } }), 0],
    ['a response without headers', () => ({ response: {} }), 100],
    ['headers that say something else', () => ({ headers: { 'retry-after': 'tomorrow' } }), 100],
    ['a negative retryAfter', () => ({ retryAfter: -5 }), 100],
    ['a retryAfter that is not a number', () => ({ retryAfter: Number.NaN }), 100],
    ['a retryAfter in text', () => ({ retryAfter: '700' }), 100],
  ]
  for (const [what, hint, expected] of hints) {
    inScope(kit, `Retry-After: ${what} makes the next attempt wait ${expected}`, {}, async (s, clock) => {
      const { times, body } = failing(
        () => clock.now,
        () => Object.assign(new Error('busy'), hint(Date.now())),
      )
      const result = watch(s.task(body, { retry: { max: 1, delay: 100 } }))
      await clock.advance(Math.max(0, expected - 1))
      assert.lengthOf(times, expected === 0 ? 2 : 1)
      await clock.advance(2)
      assert.lengthOf(times, 2)
      assert.isTrue(result.settled)
    })
  }

  inScope(kit, 'Retry-After: headers that cannot be read do not lose the error', {}, async (s, clock) => {
    const error = Object.defineProperty(new Error('busy'), 'headers', {
      get: () => {
        throw new Error('hostile')
      },
    })
    const result = watch(s.task(() => Promise.reject(error), { retry: { max: 1, delay: 1 } }))
    await clock.advance(10)
    assert.strictEqual(result.value?.[0], error)
  })

  inScope(kit, 'Retry-After: `retryAfter: false` reads nothing', {}, async (s, clock) => {
    const { times, body } = failing(
      () => clock.now,
      () => Object.assign(new Error('busy'), { retryAfter: 5_000 }),
    )
    const result = watch(s.task(body, { retry: { max: 1, delay: 10, retryAfter: false } }))
    await clock.advance(10)
    assert.deepEqual(times, [0, 10])
    assert.isTrue(result.settled)
  })

  inScope(
    kit,
    'Retry-After: a function of one’s own decides, and undefined falls back to the delay',
    {},
    async (s, clock) => {
      const { times, body } = failing(
        () => clock.now,
        () => Object.assign(new Error('busy'), { retryAfter: 5_000 }),
      )
      const asked: unknown[] = []
      const result = watch(
        s.task(body, {
          retry: {
            max: 2,
            delay: 10,
            retryAfter: (error) => {
              asked.push(error)
              return asked.length === 1 ? 300 : undefined
            },
          },
        }),
      )
      await clock.advance(310)
      assert.deepEqual(times, [0, 300, 310])
      assert.isTrue(result.settled)
      for (const error of asked) assert.instanceOf(error, Error)
    },
  )

  for (const [what, options, scopeOptions] of [
    ['the timeout of the task', { timeout: 1_000 }, {}],
    ['the timeout of the scope', {}, { timeout: 1_000 }],
    ['maxElapsed', {}, {}],
  ] as const) {
    inScope(
      kit,
      `Retry-After: when it does not fit ${what} the task stops now with the body's error`,
      {},
      async (_s, clock) => {
        const other = lib.scope(scopeOptions)
        const error = Object.assign(new Error('busy'), { retryAfter: 5_000 })
        const plan = what === 'maxElapsed' ? { maxElapsed: 1_000 } : {}
        let runs = 0
        const result = watch(
          other.task(
            () => {
              runs++
              return Promise.reject(error)
            },
            { ...options, retry: { max: 3, delay: 1, ...plan } },
          ),
        )
        await clock.settle()
        assert.isTrue(result.settled, 'now, not at the deadline')
        assert.strictEqual(result.value?.[0], error)
        await clock.advance(10_000)
        assert.strictEqual(runs, 1)
        await end(other, clock)
      },
    )
  }

  inScope(kit, 'Retry-After: the deadline of a parent counts in its children', {}, async (_s, clock) => {
    const parent = lib.scope({ timeout: 1_000 })
    const child = parent.createChild({ timeout: 60_000 }).createChild()
    const error = Object.assign(new Error('busy'), { retryAfter: 5_000 })
    const result = watch(child.task(() => Promise.reject(error), { retry: { max: 3, delay: 1 } }))
    await clock.settle()
    assert.strictEqual(result.value?.[0], error)
    await end(parent, clock)
  })

  inScope(kit, 'Retry-After: one that never comes, Infinity, stops the task now', {}, async (s, clock) => {
    const error = Object.assign(new Error('gone'), { retryAfter: Number.POSITIVE_INFINITY })
    const result = watch(s.task(() => Promise.reject(error), { retry: { max: 3, delay: 1 } }))
    await clock.settle()
    assert.isTrue(result.settled)
    assert.strictEqual(result.value?.[0], error)
  })

  test('exponentialBackoff: 100, 200, 400, to 30 000, or as it is told', async () => {
    const plain = lib.exponentialBackoff()
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => plain(attempt, undefined)),
      [100, 200, 400, 800],
    )
    assert.strictEqual(plain(50, undefined), 30_000)
    assert.strictEqual(plain(5_000, undefined), 30_000)
    const own = lib.exponentialBackoff({ initial: 10, multiplier: 3, max: 50 })
    assert.deepEqual(
      [1, 2, 3].map((attempt) => own(attempt, undefined)),
      [10, 30, 50],
    )
    await withRandom([0.25], async () => {
      assert.strictEqual(lib.exponentialBackoff({ fullJitter: true })(2, undefined), 50)
      assert.strictEqual(lib.exponentialBackoff({ jitter: 0.5 })(1, undefined), 75)
    })
    for (const options of [{ initial: -1 }, { max: Number.NaN }, { jitter: 2 }, { multiplier: -1 }]) {
      assert.throws(() => lib.exponentialBackoff(options), RangeError)
    }
  })

  test('linear, jitter, decorrelatedJitter: what their names say', async () => {
    const steps = lib.linear(100, 50)
    assert.deepEqual(
      [1, 2, 3].map((attempt) => steps(attempt, undefined)),
      [100, 150, 200],
    )
    await withRandom([0, 0.5, 1 - 2 ** -53], async () => {
      assert.approximately(lib.jitter(100), 90, 1e-6)
      assert.approximately(lib.jitter(100), 100, 1e-6)
      assert.approximately(lib.jitter(100, 0.5), 150, 1e-6)
    })
    const next = lib.decorrelatedJitter({ initial: 10, max: 200 })
    let last = 10
    for (let attempt = 1; attempt < 200; attempt++) {
      const delay = next(attempt, undefined)
      assert.isAtLeast(delay, 10)
      assert.isAtMost(delay, Math.min(200, last * 3 + 1e-6))
      last = delay
    }
  })

  inScope(kit, 'retry: a callback may use the task of a synchronous body', {}, async (s, _clock, log) => {
    let calls = 0
    const broken = (): never => {
      calls++
      throw new Error('broken')
    }
    const task: Task<Result<Error, never>> = s.task(broken, {
      retry: { max: 2, delay: 0, onRetry: () => task.cancel() },
    })
    assert.isTrue(lib.isCancelled((await task)[0]))
    assert.strictEqual(calls, 1)
    assert.deepEqual(log.lines, [])
  })

  inScope(
    kit,
    'retry: callbacks hear of an attempt that timed out after its signal has aborted',
    {},
    async (s, clock) => {
      const log: string[] = []
      const task = s.task(
        ({ signal }) => {
          signal.addEventListener('abort', () => log.push('abort'))
          return untilAborted({ signal })
        },
        { retry: { max: 1, delay: 0, attemptTimeout: 10, onRetry: () => void log.push('retry') } },
      )
      await clock.advance(20)
      assert.instanceOf((await task)[0], lib.TimeoutError)
      assert.deepEqual(log, ['abort', 'retry', 'abort'])
    },
  )
}
