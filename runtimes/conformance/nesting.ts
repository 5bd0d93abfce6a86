/** A task that a body starts through its context runs on the permit of its caller, and ends with it. */

import type { TaskContext } from '../generic/index.js'
import { aborted, deferred, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function nesting(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'ctx.task runs on the permit of its caller, however deep', async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    const t = watch(
      s.task(async ({ task }) => {
        const [, value] = await task(async ({ task: deeper }) => {
          const [, inner] = await deeper(async () => 'innermost')
          return inner
        })
        return value
      }),
    )
    await clock.settle()
    assert.deepEqual(t.value, [undefined, 'innermost'])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  test('ctx.task is cancelled with its caller, with the same reason', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    const nested: PromiseLike<readonly [unknown, unknown]>[] = []
    const t = s.task(async ({ task, signal }) => {
      nested.push(task((inner) => aborted(inner.signal)))
      await aborted(signal)
    })
    assert.lengthOf(nested, 1)
    t.cancel(reason)
    assert.strictEqual((await nested[0])?.[0], reason)
    assert.isFalse(s.aborted)
    await s[Symbol.asyncDispose]()
  })

  test('ctx.task of a cancelled caller gives its reason and never calls the body', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    let seen: unknown
    const t = s.task(async ({ task, signal }) => {
      await aborted(signal)
      seen = (await task(() => assert.fail('never called')))[0]
    })
    t.cancel(reason)
    await t.settled
    assert.strictEqual(seen, reason)
    await s[Symbol.asyncDispose]()
  })

  test('a nested task that is cancelled leaves its caller alone', async () => {
    const s = lib.scope()
    const [err, value] = await s.task(async ({ task, signal }) => {
      const nested = task((inner) => aborted(inner.signal))
      nested.cancel()
      const [failure] = await nested
      return [lib.isCancelled(failure), signal.aborted]
    })
    assert.strictEqual(err, undefined)
    assert.deepEqual(value, [true, false])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, "a caller's permit is held until its nested tasks have ended", async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const caller = s.task(({ task }) => {
      task(() => gate.promise)
      return 'caller'
    })
    const next = s.task(() => 'next')
    assert.deepEqual(await caller, [undefined, 'caller'])
    await clock.settle()
    assert.strictEqual(next.status, 'queued')
    gate.resolve()
    assert.deepEqual(await next, [undefined, 'next'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'ctx.task nests 100 deep on one permit, and the permit is free afterwards', async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    type Nest = Parameters<Parameters<typeof s.task>[0]>[0]['task']
    const dive = async (task: Nest, depth: number): Promise<number> => {
      if (depth === 0) return 0
      const [err, below] = await task((ctx) => dive(ctx.task, depth - 1))
      if (err) throw err
      return below + 1
    }
    const t = watch(s.task((ctx) => dive(ctx.task, 100)))
    await clock.settle()
    assert.deepEqual(t.value, [undefined, 100])
    assert.deepEqual(await s.task(() => 'free'), [undefined, 'free'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'what a body kept of its context is of no use after the scope, and hangs nobody', async (clock) => {
    const s = lib.scope()
    let kept: Pick<Parameters<Parameters<typeof s.task>[0]>[0], 'task' | 'shield'> | undefined
    await s.task(({ task, shield }) => void (kept = { task, shield }))
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => kept?.task(() => assert.fail('never called'))),
      lib.ScopeDisposedError,
    )
    let shielded = 'pending'
    try {
      kept
        ?.shield(() => 'ran')
        .then(
          () => (shielded = 'ran'),
          () => (shielded = 'refused'),
        )
    } catch (error) {
      assert.instanceOf(error, lib.ScopeDisposedError)
      shielded = 'refused'
    }
    await clock.settle()
    assert.strictEqual(shielded, 'refused')
  })

  test('ctx.task with something that is no function is refused at the call', async () => {
    const s = lib.scope()
    const [err, thrown] = await s.task(({ task }) => thrownBy(() => task(5 as never)))
    assert.strictEqual(err, undefined)
    assert.instanceOf(thrown, TypeError)
    await s[Symbol.asyncDispose]()
  })

  test('ctx.task: a chain of 20 000 callers that wait for one another ends with the last one', async () => {
    const s = lib.scope()
    const reached = deferred()
    const gate = deferred()
    const link =
      (left: number) =>
      async ({ task }: TaskContext): Promise<void> => {
        await undefined // so that the chain is none of calls
        if (left > 0) return void task(link(left - 1))
        reached.resolve()
        await gate.promise
      }
    const first = s.task(link(20_000))
    await reached.promise
    gate.resolve()
    await first.settled
    await s[Symbol.asyncDispose]()
  })
}
