/** Hooks tell when bodies start and have ended, and when a scope is cancelled; they change nothing. */

import { deferred, recorder, sleep, tells, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function hooks(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('beforeTask fires before the body starts, with name, index and options', async () => {
    const log: unknown[] = []
    const options = { id: 'named', priority: 1 }
    const s = lib.scope({ hooks: { beforeTask: (...args) => void log.push(args) } })
    const plain = s.task(() => void log.push('body'))
    s.task(() => void log.push('body'), options)
    assert.lengthOf(log, 4)
    assert.deepEqual((log[0] as unknown[]).slice(0, 2), ['task-1', 1])
    assert.deepEqual((log[2] as unknown[]).slice(0, 2), ['named', 2])
    assert.strictEqual((log[2] as unknown[])[2], options)
    assert.deepEqual([log[1], log[3]], ['body', 'body'])
    await plain
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'afterTask fires once when the body has ended, with its duration and error', async (clock) => {
    const log: [string, number, unknown, number][] = []
    const s = lib.scope({ hooks: { afterTask: (...args) => void log.push(args as (typeof log)[number]) } })
    const error = new Error('bad')
    s.task(() => sleep(50))
    const bad = s.task(() => sleep(30).then(() => Promise.reject(error)), { id: 'bad' })
    const sync = s.task(() => 'at once')
    await sync
    await clock.advance(50)
    assert.strictEqual((await bad)[0], error)
    assert.deepEqual(log, [
      ['task-3', 0, undefined, 3],
      ['bad', 30, error, 2],
      ['task-1', 50, undefined, 1],
    ])
    await s[Symbol.asyncDispose]()
    assert.lengthOf(log, 3)
  })

  timed(kit, 'of a cancelled body afterTask fires when the body has ended, with the reason', async (clock) => {
    const log: unknown[][] = []
    const s = lib.scope({ hooks: { afterTask: (name, duration, error) => void log.push([name, duration, error]) } })
    const reason = new Error('stop')
    const returning = s.task(() => sleep(40))
    const throwing = s.task(() => sleep(60).then(() => Promise.reject(new Error('late'))))
    await clock.advance(10)
    s.cancel(reason)
    await clock.settle()
    assert.isTrue(returning.isSettled && throwing.isSettled)
    assert.deepEqual(log, [])
    await clock.advance(50)
    assert.deepEqual(log, [
      ['task-1', 40, reason],
      ['task-2', 60, reason],
    ])
    await s[Symbol.asyncDispose]()
    assert.lengthOf(log, 2)
  })

  timed(kit, "of a timed out body afterTask fires when the body has ended, with the timeout's error", async (clock) => {
    const log: unknown[] = []
    const s = lib.scope({ hooks: { afterTask: (_name, duration, error) => void log.push(duration, error) } })
    const t = s.task(() => sleep(40), { timeout: 10 })
    await clock.advance(10)
    const [err] = await t
    assert.deepEqual(log, [])
    await clock.advance(30)
    assert.deepEqual(log, [40, err])
    await s[Symbol.asyncDispose]()
  })

  test('a task that waits, is cancelled waiting, or finds its scope cancelled fires nothing', async () => {
    const log: string[] = []
    const s = lib.scope({
      concurrency: 1,
      hooks: {
        beforeTask: (name) => void log.push(`before ${name}`),
        afterTask: (name) => void log.push(`after ${name}`),
      },
    })
    const gate = deferred()
    const first = s.task(() => gate.promise)
    const second = s.task(() => 2)
    const third = s.task(() => 3)
    assert.deepEqual(log, ['before task-1'])
    second.cancel()
    gate.resolve()
    await third
    s.cancel()
    await s.task(() => assert.fail('never called'))
    await first
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log, ['before task-1', 'after task-1', 'before task-3', 'after task-3'])
  })

  timed(kit, 'a retried task fires its hooks once', async (clock) => {
    const log: string[] = []
    const s = lib.scope({
      hooks: { beforeTask: () => void log.push('before'), afterTask: () => void log.push('after') },
    })
    let attempts = 0
    const body = () => {
      if (++attempts < 3) throw new Error('again')
      return attempts
    }
    const t = s.task(body, { retry: { max: 2, delay: 10 } })
    await clock.advance(20)
    assert.deepEqual(await t, [undefined, 3])
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log, ['before', 'after'])
  })

  test('onBeforeTask and onAfterTask run after the hooks of the options, and return their undo', async () => {
    const log: string[] = []
    const say = (text: string) => () => void log.push(text)
    const s = lib.scope({ hooks: { beforeTask: say('option before'), afterTask: say('option after') } })
    const undoBefore = s.onBeforeTask(say('before'))
    const undoAfter = s.onAfterTask(say('after'))
    await s.task(say('body'))
    assert.deepEqual(log.splice(0), ['option before', 'before', 'body', 'option after', 'after'])
    undoBefore()
    undoAfter()
    undoBefore()
    await s.task(say('body'))
    assert.deepEqual(log, ['option before', 'body', 'option after'])
    await s[Symbol.asyncDispose]()
  })

  test('the same callback registered twice is called twice, and undone one by one', async () => {
    let calls = 0
    const s = lib.scope()
    const same = () => void calls++
    const undo = s.onBeforeTask(same)
    s.onBeforeTask(same)
    await s.task(() => 1)
    assert.strictEqual(calls, 2)
    undo()
    undo()
    await s.task(() => 1)
    assert.strictEqual(calls, 3)
    await s[Symbol.asyncDispose]()
  })

  test('a throwing hook changes no result, stops no other, and is reported once', async () => {
    const log = recorder()
    const errors = [new Error('hook one'), new Error('hook two'), new Error('hook three'), new Error('hook four')]
    const fail = (at: number) => () => {
      throw errors[at]
    }
    let calls = 0
    const s = lib.scope({ logger: log.logger, hooks: { beforeTask: fail(0), afterTask: fail(1) } })
    s.onBeforeTask(fail(2))
    s.onBeforeTask(() => void calls++)
    s.onAfterTask(fail(3))
    s.onAfterTask(() => void calls++)
    assert.deepEqual(await s.task(() => 'value'), [undefined, 'value'])
    await s[Symbol.asyncDispose]()
    assert.strictEqual(calls, 2)
    for (const error of errors)
      assert.lengthOf(
        log.lines.filter((line) => tells(line, error)),
        1,
        error.message,
      )
    assert.lengthOf(log.lines, errors.length)
  })

  timed(kit, 'a hook that rejects is reported, and is no unhandled rejection', async (clock) => {
    const log = recorder()
    const error = new Error('async hook')
    const s = lib.scope({ logger: log.logger, hooks: { afterTask: (() => Promise.reject(error)) as () => void } })
    assert.deepEqual(await s.task(() => 'value'), [undefined, 'value'])
    await s[Symbol.asyncDispose]()
    await clock.settle()
    assert.lengthOf(
      log.lines.filter((line) => tells(line, error)),
      1,
    )
  })

  for (const cause of ['cancel', 'signal', 'timeout', 'dispose', 'parent', 'failFast', 'born cancelled'] as const) {
    timed(kit, `onCancel is called once with the reason (${cause})`, async (clock) => {
      const seen: unknown[] = []
      const controller = new AbortController()
      const reason = new Error('stop')
      const root = lib.scope()
      if (cause === 'born cancelled') controller.abort(reason)
      const s = lib.scope({
        hooks: { onCancel: (why) => void seen.push(why) },
        signal: controller.signal,
        failFast: true,
        timeout: 50,
        parent: root,
      })
      if (cause === 'cancel') s.cancel(reason)
      if (cause === 'signal') controller.abort(reason)
      if (cause === 'parent') root.cancel(reason)
      if (cause === 'timeout') await clock.advance(50)
      if (cause === 'failFast') await s.task(() => Promise.reject(reason))
      const done = watch(s[Symbol.asyncDispose]())
      await clock.settle()
      assert.isTrue(done.settled && !done.rejected)
      assert.lengthOf(seen, 1)
      assert.strictEqual(seen[0], s.reason)
      if (cause !== 'timeout' && cause !== 'dispose') assert.strictEqual(seen[0], reason)
      await root[Symbol.asyncDispose]()
      assert.lengthOf(seen, 1)
      assert.strictEqual(clock.pendingTimers, 0)
    })
  }

  test('a hook may start a task, cancel the scope, or take itself away', async () => {
    const s = lib.scope()
    const nested: PromiseLike<unknown>[] = []
    const undo = s.onBeforeTask(() => {
      undo()
      nested.push(s.task(() => 'nested'))
    })
    assert.deepEqual(await s.task(() => 'value'), [undefined, 'value'])
    assert.deepEqual(await nested[0], [undefined, 'nested'])
    const reason = new Error('stop')
    s.onBeforeTask(() => s.cancel(reason))
    const [err] = await s.task(() => 'value')
    assert.strictEqual(err, reason)
    await s[Symbol.asyncDispose]()
  })
}
