/** `dedupe` lets calls with one key share one run while it is in flight; who leaves detaches only itself. */

import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, untilAborted } from './policy-fixtures.js'

export function policyDedupe(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'dedupe: calls in flight share one run, later ones start anew', {}, async (s, clock) => {
    let runs = 0
    const call = () => s.task(() => sleep(10).then(() => ++runs), { dedupe: 'k' })
    const all = [call(), call()].map(watch)
    await clock.advance(5)
    all.push(watch(call()))
    await clock.advance(5)
    for (const each of all) assert.deepEqual(each.value, [undefined, 1])
    const later = watch(call())
    await clock.advance(10)
    assert.deepEqual(later.value, [undefined, 2])
  })

  inScope(kit, 'dedupe: the run of the first caller is the one that is shared', {}, async (s) => {
    const gate = deferred<string>()
    const first = s.task(() => gate.promise, { dedupe: 'k' })
    const second = s.task((): unknown => assert.fail('not this one'), { dedupe: 'k' })
    gate.resolve('first')
    assert.deepEqual(await second, [undefined, 'first'])
    assert.deepEqual(await first, [undefined, 'first'])
  })

  inScope(kit, 'dedupe: a failure is shared too, by identity', {}, async (s) => {
    const gate = deferred<never>()
    const error = new Error('shared')
    const all = [1, 2, 3].map(() => s.task(() => gate.promise, { dedupe: 'k' }))
    gate.reject(error)
    for (const each of all) assert.strictEqual((await each)[0], error)
    assert.isTrue(all.every((each) => each.status === 'failed'))
    assert.deepEqual(await s.task(() => 'next', { dedupe: 'k' }), [undefined, 'next'])
  })

  inScope(kit, 'dedupe: sharers of a thrown undefined each get an error', {}, async (s) => {
    const gate = deferred<never>()
    const all = [1, 2].map(() => s.task(() => gate.promise, { dedupe: 'k' }))
    gate.reject(undefined)
    for (const each of all) assert.instanceOf((await each)[0], lib.UnknownError)
  })

  inScope(kit, 'dedupe: a synchronous body shares nothing, and none is left in flight', {}, async (s) => {
    let runs = 0
    const call = () => s.task(() => ++runs, { dedupe: 'k' })
    await call()
    await call()
    assert.strictEqual(runs, 2)
  })

  inScope(kit, 'dedupe: one that leaves gets its own reason at once, the others the value', {}, async (s, clock) => {
    let signal: AbortSignal | undefined
    const gate = deferred<string>()
    const tasks = [1, 2, 3].map(() =>
      s.task(
        (context) => {
          signal = context.signal
          return gate.promise
        },
        { dedupe: 'k' },
      ),
    )
    const results = tasks.map(watch)
    const reason = new Error('second leaves')
    tasks[1]?.cancel(reason)
    await clock.settle()
    assert.strictEqual(results[1]?.value?.[0], reason)
    assert.strictEqual(tasks[1]?.status, 'cancelled')
    tasks[0]?.cancel()
    await clock.settle()
    assert.isTrue(results[0]?.settled, 'the first caller may leave as well')
    assert.isFalse(signal?.aborted, 'the run has a signal of its own')
    gate.resolve('for the third')
    await clock.settle()
    assert.deepEqual(results[2]?.value, [undefined, 'for the third'])
  })

  inScope(kit, 'dedupe: the last one leaving aborts the run in the same turn', {}, async (s) => {
    let signal: AbortSignal | undefined
    const body = (context: { signal: AbortSignal }) => {
      signal = context.signal
      return untilAborted(context)
    }
    const tasks = [s.task(body, { dedupe: 'k' }), s.task(body, { dedupe: 'k' })]
    tasks[0]?.cancel()
    assert.isFalse(signal?.aborted)
    tasks[1]?.cancel()
    assert.isTrue(signal?.aborted)
    assert.isTrue(lib.isCancelled((await tasks[0])?.[0]))
    assert.isTrue(lib.isCancelled((await tasks[1])?.[0]))
  })

  inScope(
    kit,
    'dedupe: one that joined later keeps the run alive after all earlier ones have left',
    {},
    async (s, clock) => {
      const gate = deferred<string>()
      const first = s.task(() => gate.promise, { dedupe: 'k' })
      const second = s.task(() => gate.promise, { dedupe: 'k' })
      first.cancel()
      const third = watch(s.task((): unknown => assert.fail('runs'), { dedupe: 'k' }))
      second.cancel()
      gate.resolve('still here')
      await clock.settle()
      assert.deepEqual(third.value, [undefined, 'still here'])
    },
  )

  inScope(
    kit,
    'dedupe: after the last one has left, the next call does not join the dying run',
    {},
    async (s, clock) => {
      const stubborn = deferred<string>()
      const old = s.task(() => stubborn.promise, { dedupe: 'k' })
      old.cancel()
      const gate = deferred<string>()
      const fresh = watch(s.task(() => gate.promise, { dedupe: 'k' }))
      const joined = watch(s.task((): unknown => assert.fail('third run'), { dedupe: 'k' }))
      stubborn.resolve('old value')
      await clock.settle()
      assert.isFalse(fresh.settled, 'the old run answers nobody')
      const second = watch(
        s.task((): unknown => assert.fail('the end of the old run must not unregister the new one'), { dedupe: 'k' }),
      )
      gate.resolve('new value')
      await clock.settle()
      for (const each of [fresh, joined, second]) assert.deepEqual(each.value, [undefined, 'new value'])
    },
  )

  inScope(kit, 'dedupe: leaving twice, or after the end, changes nothing', {}, async (s, clock) => {
    const gate = deferred<string>()
    const tasks = [1, 2].map(() => s.task(() => gate.promise, { dedupe: 'k' }))
    tasks[0]?.cancel()
    tasks[0]?.cancel()
    gate.resolve('value')
    await clock.settle()
    tasks[1]?.cancel()
    assert.deepEqual(await tasks[1], [undefined, 'value'])
    tasks[1]?.cancel()
  })

  inScope(kit, 'dedupe: the scope waits for a run that everybody has left', {}, async (s, clock) => {
    const body = deferred()
    const t = s.task(() => body.promise, { dedupe: 'k' })
    t.cancel()
    const ended = watch(t.settled)
    const exit = watch(s[Symbol.asyncDispose]())
    await clock.advance(100)
    assert.isFalse(exit.settled)
    assert.isFalse(ended.settled, 'the last one to leave is settled when the body has ended')
    body.resolve()
    await clock.settle()
    assert.isTrue(exit.settled)
    assert.isTrue(ended.settled)
  })

  inScope(
    kit,
    'dedupe: the permit of the run is held until its body has ended, and sharers need none',
    {},
    async (_s, clock) => {
      const s = lib.scope({ concurrency: 1 })
      const body = deferred<string>()
      const tasks = [1, 2, 3].map(() => s.task(() => body.promise, { dedupe: 'k' }))
      let started = false
      const next = watch(s.task(() => void (started = true)))
      for (const each of tasks) each.cancel()
      await clock.settle()
      assert.isFalse(started, 'the body that everybody left still holds the permit')
      body.resolve('x')
      await clock.settle()
      assert.isTrue(next.settled)
      await end(s, clock)
    },
  )

  inScope(kit, 'dedupe: a run that waits for its permit is shared as well', {}, async (_s, clock) => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const busy = s.task(() => gate.promise)
    let runs = 0
    const tasks = [1, 2].map(() => s.task(() => ++runs, { dedupe: 'k' }))
    tasks[0]?.cancel()
    gate.resolve()
    assert.deepEqual(await tasks[1], [undefined, 1])
    await busy
    const again = deferred()
    const busyAgain = s.task(() => again.promise)
    const dropped = [1, 2].map(() => s.task(() => ++runs, { dedupe: 'k' }))
    for (const each of dropped) each.cancel()
    again.resolve()
    await busyAgain
    await clock.settle()
    assert.strictEqual(runs, 1, 'cancelled in the queue by all, it never starts')
    await end(s, clock)
  })

  inScope(kit, 'dedupe: hooks fire once for a run, however many share it', {}, async (_s, clock) => {
    const told: string[] = []
    const s = lib.scope({
      hooks: { beforeTask: (name) => void told.push(`+${name}`), afterTask: (name) => void told.push(`-${name}`) },
    })
    const gate = deferred()
    const tasks = ['a', 'b', 'c'].map((id) => s.task(() => gate.promise, { id, dedupe: 'k' }))
    gate.resolve()
    await Promise.all(tasks)
    await clock.settle()
    assert.deepEqual(told, ['+a', '-a'])
    await end(s, clock)
  })

  inScope(kit, 'dedupe: sharers count once against the breaker', {}, async (_s, clock) => {
    const breaker = lib.circuitBreaker({ failureThreshold: 5 })
    const s = lib.scope({ circuitBreaker: breaker })
    const gate = deferred<never>()
    const tasks = [1, 2, 3].map(() => s.task(() => gate.promise, { dedupe: 'k' }))
    gate.reject(new Error('once'))
    await Promise.all(tasks)
    assert.strictEqual(breaker.failureCount, 1)
    await end(s, clock)
  })

  inScope(
    kit,
    "dedupe: the first caller's timeout is the run's, and its expiry a failure for all",
    {},
    async (s, clock) => {
      const tasks = [
        s.task(untilAborted, { id: 'one', dedupe: 'k', timeout: 5 }),
        s.task(untilAborted, { id: 'two', dedupe: 'k' }),
        s.task(untilAborted, { id: 'three', dedupe: 'k', timeout: 1 }),
      ]
      const results = tasks.map(watch)
      await clock.advance(5)
      const [error] = results[0]?.value ?? []
      assert.instanceOf(error, lib.TimeoutError)
      assert.strictEqual((error as Error).message, 'Task timeout after 5ms: one')
      assert.strictEqual(results[1]?.value?.[0], error)
      assert.isTrue(results[2]?.settled)
      for (const each of tasks) assert.strictEqual(each.status, 'failed')
    },
  )

  inScope(kit, 'dedupe: the run goes on with its retries while somebody waits', {}, async (s, clock) => {
    let runs = 0
    const body = async () => {
      if (++runs < 3) throw new Error('again')
      return runs
    }
    const leaves = s.task(body, { dedupe: 'k', retry: { max: 5, delay: 10 } })
    const result = watch(s.task(body, { dedupe: 'k', retry: { max: 5, delay: 10 } }))
    leaves.cancel()
    await clock.advance(20)
    assert.deepEqual(result.value, [undefined, 3])
    const left = [1, 2].map(() =>
      s.task(() => Promise.reject(new Error('never')), { dedupe: 'k', retry: { max: 5, delay: 10 } }),
    )
    await clock.advance(15)
    for (const each of left) each.cancel()
    await clock.settle()
    assert.strictEqual(clock.pendingTimers, 0, 'nobody waits for it, so the backoff ends')
  })

  inScope(kit, 'dedupe: the errorClass of each caller is its own', {}, async (s) => {
    class Mine extends Error {}
    class Yours extends Error {}
    const gate = deferred<never>()
    const error = new Error('shared')
    const mine = s.task(() => gate.promise, { dedupe: 'k', errorClass: Mine })
    const yours = s.task(() => gate.promise, { dedupe: 'k', errorClass: Yours })
    const plain = s.task(() => gate.promise, { dedupe: 'k' })
    gate.reject(error)
    const [[a], [b], [c]] = await Promise.all([mine, yours, plain])
    assert.instanceOf(a, Mine)
    assert.strictEqual(a?.cause, error)
    assert.instanceOf(b, Yours)
    assert.strictEqual(b?.cause, error)
    assert.strictEqual(c, error)
  })

  inScope(kit, 'dedupe: cancelling the scope settles every sharer with the reason itself', {}, async (s, clock) => {
    const results = [1, 2, 3].map(() => watch(s.task(untilAborted, { dedupe: 'k' })))
    const reason = new Error('stop')
    s.cancel(reason)
    await clock.settle()
    for (const each of results) assert.strictEqual(each.value?.[0], reason)
  })

  inScope(kit, 'dedupe: symbols by identity, keys by scope', {}, async (s, clock) => {
    const other = lib.scope()
    const gate = deferred<number>()
    let runs = 0
    const body = () => gate.promise.then(() => ++runs)
    const tasks = [
      s.task(body, { dedupe: Symbol('k') }),
      s.task(body, { dedupe: Symbol('k') }),
      s.task(body, { dedupe: 'Symbol(k)' }),
      other.task(body, { dedupe: 'Symbol(k)' }),
    ]
    gate.resolve(0)
    await Promise.all(tasks)
    assert.strictEqual(runs, 4)
    await end(other, clock)
  })

  inScope(kit, 'dedupe: a body may cancel the task it runs for', {}, async (s, clock) => {
    const reason = new Error('from within')
    let own: { cancel(reason: unknown): void } | undefined
    const t = s.task(
      async () => {
        await sleep(1)
        own?.cancel(reason)
        await sleep(1)
        return 'late'
      },
      { dedupe: 'k' },
    )
    own = t
    const result = watch(t)
    await clock.advance(2)
    assert.strictEqual(result.value?.[0], reason)
  })

  inScope(
    kit,
    "dedupe: a waiter's own timeout is its own: it is told in time, and the run goes on for the others",
    {},
    async (s, clock) => {
      let signal: AbortSignal | undefined
      const body = (context: { signal: AbortSignal }) => {
        signal = context.signal
        return sleep(100).then(() => 'value')
      }
      const patient = watch(s.task(body, { id: 'patient', dedupe: 'k' }))
      const hasty = s.task(body, { id: 'hasty', dedupe: 'k', timeout: 5 })
      const result = watch(hasty)
      await clock.advance(5)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'Task timeout after 5ms: hasty')
      assert.strictEqual(hasty.status, 'failed')
      assert.isFalse(signal?.aborted)
      await clock.advance(95)
      assert.deepEqual(patient.value, [undefined, 'value'])
    },
  )

  for (const how of ['s.task', 'ctx.task'] as const) {
    inScope(
      kit,
      `dedupe: a body that joins its own run by ${how} does not keep its scope from ending`,
      {},
      async (_s, clock, log) => {
        const s = lib.scope({ gracePeriod: Number.POSITIVE_INFINITY, logger: log.logger })
        const outer = watch(
          s.task(
            async (context) => {
              const start: typeof context.task = how === 's.task' ? (fn, options) => s.task(fn, options) : context.task
              const [error] = await start((): unknown => assert.fail('a second run'), { dedupe: 'k' })
              if (error) throw error
            },
            { dedupe: 'k' },
          ),
        )
        await clock.settle()
        const exit = watch(s[Symbol.asyncDispose]())
        await clock.settle()
        assert.isTrue(outer.settled)
        assert.isTrue(exit.settled, 'no body is running any more')
      },
    )
  }

  inScope(kit, 'dedupe: misuse throws at the call', {}, async (s) => {
    for (const dedupe of [5, {}, null, true]) {
      assert.throws(
        () => s.task((): unknown => assert.fail('started'), { dedupe: dedupe as never }),
        TypeError,
        /dedupe/,
      )
    }
  })

  inScope(kit, 'dedupe: 20 000 sharers that all leave', {}, async (s, clock) => {
    const gate = deferred()
    const tasks = Array.from({ length: 20_000 }, () => s.task(() => gate.promise, { dedupe: 'k' }))
    for (const each of tasks) each.cancel()
    const errors = await Promise.all(tasks)
    assert.isTrue(errors.every(([error]) => lib.isCancelled(error)))
    gate.resolve()
    await clock.settle()
  })

  for (const options of [{ dedupe: 'k' }, { memo: { key: 'k', ttl: 10 } }]) {
    const name = Object.keys(options).join()
    inScope(
      kit,
      `${name}: sharers of a run that is cancelled with its scope are cancelled too`,
      {},
      async (_s, clock) => {
        const unhandled: string[] = []
        const s = lib.scope({ onUnhandled: (_error, task) => void unhandled.push(task.name) })
        const reason = new Error('stop')
        const sharers = Array.from({ length: 3 }, () => s.task(untilAborted, options))
        s.cancel(reason)
        for (const each of sharers) assert.strictEqual(each.status, 'cancelled')
        await end(s, clock)
        assert.deepEqual(unhandled, [])
        for (const each of sharers) assert.strictEqual((await each)[0], reason)
      },
    )

    inScope(
      kit,
      `${name}: sharers that fail together fail with their scope, which fails fast`,
      {},
      async (_s, clock) => {
        const s = lib.scope({ failFast: true })
        const gate = deferred<never>()
        const error = new Error('shared')
        const sharers = Array.from({ length: 3 }, () => s.task(() => gate.promise, options))
        gate.reject(error)
        for (const each of sharers) assert.strictEqual((await each)[0], error)
        await end(s, clock)
      },
    )

    inScope(kit, `${name}: a sharer that the body starts and leaves at once takes nothing along`, {}, async (s) => {
      const task = s.task(async () => {
        s.task((): unknown => assert.fail('the run is shared'), options).cancel()
        return 'kept'
      }, options)
      assert.deepEqual(await task, [undefined, 'kept'])
    })

    inScope(kit, `${name}: settled waits for the body, whatever ended the run`, {}, async (s, clock) => {
      for (const timeout of [undefined, 10]) {
        const gate = deferred()
        const child = s.createChild()
        const sharers = [1, 2].map(() =>
          child.task(() => gate.promise, timeout === undefined ? options : { ...options, timeout }),
        )
        const last = watch((sharers[1] ?? assert.fail()).settled)
        if (timeout === undefined) child.cancel()
        await clock.advance(20)
        for (const each of sharers) assert.isTrue(each.isSettled)
        assert.isFalse(last.settled, 'its body runs')
        gate.resolve()
        await clock.settle()
        assert.isTrue(last.settled)
        await end(child, clock)
      }
    })
  }
}
