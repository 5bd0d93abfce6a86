/** `parallel` gives one Result for each factory, in order, and its first failure cancels the group, never the scope. */

import type { Result } from '../generic/index.js'
import { deferred, sleep, tells, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, oddities, pauseFor, reportsOf, thrown, untilAborted } from './policy-fixtures.js'

export function policyParallel(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(
    kit,
    'parallel: Results stand in the order of the factories, whatever the order of completion',
    {},
    async (s, clock) => {
      const all = s.parallel([
        () => sleep(30).then(() => 'slow'),
        async () => 2,
        () => sleep(10).then(() => true),
        () => undefined,
      ])
      await clock.advance(30)
      assert.deepEqual(await all, [
        [undefined, 'slow'],
        [undefined, 2],
        [undefined, true],
        [undefined, undefined],
      ])
    },
  )

  inScope(kit, 'parallel: types are mapped by index', {}, async (s) => {
    const [[noError, number], [, text]] = await s.parallel([() => 1, async () => 'two'])
    const typed: readonly [Error | undefined, number | undefined, string | undefined] = [noError, number, text]
    assert.deepEqual(typed, [undefined, 1, 'two'])
    // @ts-expect-error the second factory gives a string
    const wrong: number | undefined = text
    void wrong
  })

  inScope(kit, 'parallel: no factories, no Results', {}, async (s) => {
    assert.deepEqual(await s.parallel([]), [])
    assert.deepEqual(await s.parallel([], { concurrency: 1, continueOnError: true }), [])
  })

  inScope(kit, 'parallel: s.parallel is parallel(s)', {}, async (s) => {
    assert.deepEqual(await lib.parallel(s, [() => 1, () => 2]), [
      [undefined, 1],
      [undefined, 2],
    ])
  })

  inScope(
    kit,
    'parallel: the first failure cancels what runs, keeps what has finished, and starts nothing that waits',
    {},
    async (s, clock) => {
      const error = new Error('third')
      const started: string[] = []
      const all = s.parallel(
        [
          async () => 'finished',
          (context) => {
            started.push('running')
            return untilAborted(context)
          },
          async () => {
            await sleep(20)
            throw error
          },
          () => void started.push('waiting'),
          () => void started.push('waiting too'),
        ],
        { concurrency: 2 },
      )
      await clock.advance(20)
      const [finished, running, failed, ...waiting] = await all
      assert.deepEqual(finished, [undefined, 'finished'])
      assert.strictEqual(failed?.[0], error)
      assert.isFalse(lib.isCancelled(error), 'the failure itself is no cancellation')
      for (const entry of [running, ...waiting]) {
        assert.isTrue(lib.isCancelled(entry?.[0]), 'an entry that did not finish is cancelled')
        assert.instanceOf(entry?.[0], lib.AbortError)
        assert.strictEqual(entry?.[0]?.cause, error)
        assert.strictEqual(entry?.[1], undefined)
        assert.lengthOf(entry ?? [], 2)
      }
      assert.deepEqual(started, ['running'])
      assert.isFalse(s.aborted, 'the scope goes on')
      assert.deepEqual(await s.task(() => 'later'), [undefined, 'later'])
    },
  )

  inScope(
    kit,
    'parallel: it returns with the last Result although a body ignores the abort, and the scope still waits for that body',
    {},
    async (s, clock) => {
      const error = new Error('quick')
      const stubborn = deferred<string>()
      const seen: AbortSignal[] = []
      const all = watch(
        s.parallel([
          ({ signal }) => {
            seen.push(signal)
            return stubborn.promise
          },
          () => Promise.reject(error),
        ]),
      )
      await clock.settle()
      assert.isTrue(all.settled, 'it must not wait for the stubborn body')
      assert.strictEqual(all.value?.[1]?.[0], error)
      assert.isTrue(lib.isCancelled(all.value?.[0]?.[0]))
      assert.isTrue(seen[0]?.aborted)
      assert.strictEqual(seen[0]?.reason, all.value?.[0]?.[0], 'the entry carries the reason of its signal by identity')
      const exit = watch(s[Symbol.asyncDispose]())
      await clock.advance(100)
      assert.isFalse(exit.settled, 'the scope tracks the body')
      stubborn.resolve('late')
      await clock.settle()
      assert.isTrue(exit.settled)
      assert.isTrue(lib.isCancelled(all.value?.[0]?.[0]), 'a late value changes no Result')
    },
  )

  inScope(kit, 'parallel: continueOnError runs all, whatever fails', {}, async (s) => {
    const errors = [new Error('one'), new TypeError('two')]
    const results = await s.parallel(
      [
        () => Promise.reject(errors[0]),
        () => {
          throw errors[1]
        },
        async () => 3,
        () => 4,
      ],
      { continueOnError: true, concurrency: 1 },
    )
    assert.strictEqual(results[0][0], errors[0])
    assert.strictEqual(results[1][0], errors[1])
    assert.deepEqual(results.slice(2), [
      [undefined, 3],
      [undefined, 4],
    ])
  })

  inScope(kit, 'parallel: a synchronous throw cancels the group like a rejection', {}, async (s) => {
    const error = new RangeError('at once')
    const ran: number[] = []
    const results = await s.parallel(
      [
        () => {
          throw error
        },
        () => void ran.push(1),
      ],
      { concurrency: 1 },
    )
    assert.strictEqual(results[0][0], error)
    assert.strictEqual((results[1][0] as Error).cause, error)
    assert.deepEqual(ran, [])
  })

  for (const odd of oddities) {
    inScope(kit, `parallel: a factory that throws ${String(odd)} has failed`, {}, async (s) => {
      const results = await s.parallel([
        untilAborted,
        () => {
          throw odd
        },
      ])
      const [waiting, failed] = results
      assert.instanceOf(failed[0], lib.UnknownError)
      assert.isTrue(Object.is((failed[0] as Error).cause, odd))
      assert.isTrue(lib.isCancelled(waiting[0]))
      assert.strictEqual((waiting[0] as Error).cause, failed[0])
    })
  }

  inScope(
    kit,
    'parallel: a second failure in the same turn keeps its own error, and the first is the cause',
    {},
    async (s, clock) => {
      const gate = deferred()
      const errors = [new Error('a'), new Error('b')]
      const all = s.parallel([
        () => gate.promise.then(() => Promise.reject(errors[0])),
        untilAborted,
        async () => {
          await gate.promise
          throw errors[1]
        },
      ])
      gate.resolve()
      await clock.settle()
      const results = await all
      const causes = results.map(([error]) => (error as Error).cause)
      const own = results.map(([error]) => error)
      const first = own[0] === errors[0] && causes[1] === errors[0] ? errors[0] : errors[1]
      assert.strictEqual(causes[1], first)
      assert.isTrue(own.includes(first as never))
    },
  )

  inScope(
    kit,
    'parallel: onProgress tells of each completion, in the order of completion, with the Result',
    {},
    async (s, clock) => {
      const seen: [number, number, Result<Error, unknown>][] = []
      const error = new Error('middle')
      const all = s.parallel(
        [
          () => sleep(30).then(() => 'last'),
          () => sleep(20).then(() => Promise.reject(error)),
          () => sleep(10).then(() => 'first'),
        ],
        { continueOnError: true, onProgress: (completed, total, result) => void seen.push([completed, total, result]) },
      )
      await clock.advance(30)
      await all
      assert.deepEqual(
        seen.map(([completed, total, [, value]]) => [completed, total, value]),
        [
          [1, 3, 'first'],
          [2, 3, undefined],
          [3, 3, 'last'],
        ],
      )
      assert.strictEqual(seen[1]?.[2][0], error)
    },
  )

  inScope(
    kit,
    'parallel: onProgress counts up by one and has heard of everything that finished when the Results come',
    {},
    async (s, clock) => {
      const counts: number[] = []
      const finished: unknown[] = []
      const all = s.parallel(
        [
          async () => 1,
          () => 2,
          () => sleep(5).then(() => Promise.reject(new Error('x'))),
          untilAborted,
          () => assert.fail('queued'),
        ],
        {
          concurrency: 4,
          onProgress: (completed, total, [error, value]) => {
            counts.push(completed)
            assert.strictEqual(total, 5)
            if (!lib.isCancelled(error)) finished.push(error ?? value)
          },
        },
      )
      // the fifth starts when the first ends, before the failure
      void all.then(() => finished.push('done'))
      await clock.advance(5)
      assert.strictEqual(finished.at(-1), 'done')
      assert.deepEqual(
        counts,
        counts.map((_, at) => at + 1),
      )
    },
  )

  inScope(
    kit,
    'parallel: an onProgress that throws changes no Result and is reported once',
    {},
    async (s, _clock, log) => {
      const error = new Error('progress bar')
      const results = await s.parallel([() => 7], {
        onProgress: () => {
          throw error
        },
      })
      assert.deepEqual(results, [[undefined, 7]])
      assert.lengthOf(reportsOf(log, error), 1)
    },
  )

  inScope(kit, 'parallel: an onProgress that cancels the scope does not lose a Result', {}, async (s, clock) => {
    const reason = new Error('enough')
    const all = watch(s.parallel([async () => 1, untilAborted, untilAborted], { onProgress: () => s.cancel(reason) }))
    await clock.settle()
    assert.isTrue(all.settled)
    assert.deepEqual(all.value?.[0], [undefined, 1])
    assert.strictEqual(all.value?.[1]?.[0], reason)
    assert.strictEqual(all.value?.[2]?.[0], reason)
  })

  inScope(kit, 'parallel: never more than `concurrency` run, and each end starts the next', {}, async (s, clock) => {
    let running = 0
    let most = 0
    let ran = 0
    const factories = Array.from({ length: 20 }, (_, at) => async ({ signal }: { signal: AbortSignal }) => {
      most = Math.max(most, ++running)
      await pauseFor(1 + (at % 3), signal)
      running--
      ran++
    })
    const all = s.parallel(factories, { concurrency: 3 })
    assert.strictEqual(running, 3, 'the first ones start at once')
    await clock.advance(100)
    await all
    assert.strictEqual(most, 3)
    assert.strictEqual(ran, 20)
  })

  for (const concurrency of [0, undefined, Number.POSITIVE_INFINITY]) {
    inScope(kit, `parallel: concurrency ${concurrency} is unlimited`, {}, async (s) => {
      let running = 0
      const gate = deferred()
      const body = () => {
        running++
        return gate.promise
      }
      const all = s.parallel(
        Array.from({ length: 50 }, () => body),
        concurrency === undefined ? {} : { concurrency },
      )
      assert.strictEqual(running, 50)
      gate.resolve()
      await all
    })
  }

  inScope(kit, 'parallel: misuse throws at the call and starts nothing', {}, async (s) => {
    let ran = 0
    const body = () => void ran++
    for (const concurrency of [-1, 1.5, Number.NaN]) {
      assert.throws(() => s.parallel([body], { concurrency }), RangeError, /concurrency/)
    }
    assert.throws(() => s.parallel([body], { concurrency: '2' as never }), TypeError, /concurrency/)
    assert.throws(() => s.parallel([body, 5 as never]), TypeError)
    assert.throws(() => s.parallel([body, Promise.resolve(1) as never]), TypeError)
    assert.throws(() => s.parallel('body' as never), TypeError)
    assert.throws(() => s.parallel(undefined as never), TypeError)
    assert.throws(() => s.parallel([body], { onProgress: 'loud' as never }), TypeError, /onProgress/)
    assert.strictEqual(ran, 0)
  })

  inScope(kit, 'parallel: every factory gets a signal of its own, alive while it runs', {}, async (s, clock) => {
    const signals: AbortSignal[] = []
    const all = s.parallel([
      ({ signal }) => {
        signals.push(signal)
        return sleep(5)
      },
      ({ signal }) => {
        signals.push(signal)
        return sleep(5)
      },
    ])
    assert.notStrictEqual(signals[0], signals[1])
    for (const signal of signals) assert.isFalse(signal.aborted)
    await clock.advance(5)
    await all
    for (const signal of signals) assert.isFalse(signal.aborted, 'success aborts nothing')
  })

  inScope(
    kit,
    'parallel: when the scope is cancelled every unfinished entry carries the reason itself, and nothing starts',
    {},
    async (s, clock) => {
      const reason = new Error('stop')
      const started: number[] = []
      const all = watch(
        s.parallel(
          Array.from({ length: 6 }, (_, at) => (context: { signal: AbortSignal }) => {
            started.push(at)
            return at === 0 ? Promise.resolve('kept') : untilAborted(context)
          }),
          { concurrency: 2 },
        ),
      )
      await clock.settle()
      assert.deepEqual(started, [0, 1, 2])
      s.cancel(reason)
      await clock.settle()
      assert.isTrue(all.settled, 'in the same turn')
      assert.deepEqual(all.value?.[0], [undefined, 'kept'])
      for (const [error] of all.value?.slice(1) ?? []) assert.strictEqual(error, reason)
      assert.lengthOf(all.value ?? [], 6)
      await clock.advance(100)
      assert.deepEqual(started, [0, 1, 2])
    },
  )

  inScope(kit, 'parallel: on a cancelled scope every entry is the reason and no factory is called', {}, async (s) => {
    s.cancel('why not')
    const results = await s.parallel([() => assert.fail('called'), () => assert.fail('called')], { concurrency: 1 })
    assert.lengthOf(results, 2)
    for (const [error] of results as Result<Error, unknown>[]) {
      assert.instanceOf(error, lib.UnknownError)
      assert.strictEqual(error?.cause, 'why not')
      assert.isTrue(lib.isCancelled(error))
    }
  })

  inScope(kit, 'parallel: on a disposed scope it throws at the call', {}, async (_s, clock) => {
    const other = lib.scope()
    await end(other, clock)
    assert.instanceOf(thrown(() => other.parallel([() => 1]))?.error, lib.ScopeDisposedError)
    assert.instanceOf(thrown(() => other.parallel([]))?.error, lib.ScopeDisposedError)
  })

  inScope(kit, 'parallel: entries are tasks of the scope, with its limit, hooks and breaker', {}, async (_s, clock) => {
    const hooks: string[] = []
    const other = lib.scope({
      concurrency: 2,
      circuitBreaker: { failureThreshold: 100 },
      hooks: { beforeTask: (name) => void hooks.push(`+${name}`), afterTask: (name) => void hooks.push(`-${name}`) },
    })
    let most = 0
    let running = 0
    const body = async () => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      throw new Error('counted')
    }
    const breaker = other.circuitBreaker as { failureCount?: number } | undefined
    const all = other.parallel([body, body, body, body], { continueOnError: true })
    await clock.advance(10)
    await all
    assert.strictEqual(most, 2)
    assert.lengthOf(hooks, 8)
    assert.strictEqual(breaker?.failureCount, 4)
    await end(other, clock)
  })

  inScope(kit, 'parallel: entries that a failure cancelled do not count against the breaker', {}, async (_s, clock) => {
    const breaker = lib.circuitBreaker({ failureThreshold: 2 })
    const other = lib.scope({ circuitBreaker: breaker })
    await other.parallel([untilAborted, untilAborted, untilAborted, () => Promise.reject(new Error('one'))])
    assert.strictEqual(breaker.state, 'closed')
    assert.strictEqual(breaker.failureCount, 1)
    await end(other, clock)
  })

  inScope(
    kit,
    'parallel: nobody is told of unhandled failures, since the Results were handed out',
    {},
    async (s, clock, log) => {
      const late = deferred<never>()
      await s.parallel([() => late.promise, () => Promise.reject(new Error('first'))])
      const error = new Error('after the abort')
      late.reject(error)
      await clock.settle()
      await end(s, clock)
      assert.deepEqual(
        log.at('error').map((line) => line.message),
        [],
      )
      assert.isFalse(log.lines.some((line) => tells(line, error)))
    },
  )

  inScope(kit, 'parallel: 10 000 synchronous factories, one at a time or all at once', {}, async (s) => {
    const factories = Array.from({ length: 10_000 }, (_, at) => () => at)
    for (const concurrency of [1, 100, 0]) {
      const results = await s.parallel(factories, { concurrency })
      assert.lengthOf(results, 10_000)
      assert.isTrue(results.every(([error, value], at) => error === undefined && value === at))
    }
  })

  inScope(
    kit,
    'parallel: 10 000 factories of which one fails: each has its Result and those behind never start',
    {},
    async (s, clock) => {
      let started = 0
      const error = new Error('the 200th')
      const results = await s.parallel(
        Array.from({ length: 10_000 }, (_, at) => async () => {
          started++
          await undefined
          if (at === 199) throw error
        }),
        { concurrency: 10 },
      )
      await clock.settle()
      assert.lengthOf(results, 10_000)
      assert.strictEqual(results[199]?.[0], error)
      assert.isBelow(started, 300)
      assert.isTrue(results.slice(300).every(([e]) => lib.isCancelled(e) && (e as Error).cause === error))
    },
  )

  inScope(
    kit,
    'parallel: groups nest, and the failure of an inner one is the outer one’s only if it is passed on',
    {},
    async (s) => {
      const error = new Error('inner')
      const [outer, sibling] = await s.parallel([
        () => s.parallel([() => 1, () => Promise.reject(error)]),
        () => 'fine',
      ])
      assert.deepEqual(sibling, [undefined, 'fine'])
      assert.strictEqual(outer[1]?.[1][0], error)
    },
  )

  inScope(kit, 'parallel: with failFast the first failure is the reason of the scope', {}, async (_s, clock) => {
    const other = lib.scope({ failFast: true })
    const error = new Error('all stop')
    const beside = watch(other.task(untilAborted))
    await other.parallel([() => Promise.reject(error), untilAborted])
    await clock.settle()
    assert.strictEqual(beside.value?.[0], error)
    assert.strictEqual(other.reason, error)
    await end(other, clock)
  })
}
