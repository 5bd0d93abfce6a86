/** A limited scope never runs more bodies than it may, serves them in order, and loses no permit. */

import { deferred, recorder, sleep, timed } from './fixtures.js'
import type { Kit } from './kit.js'

export function limits(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const concurrency of [1, 3]) {
    timed(kit, `1 000 tasks at concurrency ${concurrency} never run more than that, and all run`, async (clock) => {
      const s = lib.scope({ concurrency })
      let running = 0
      let most = 0
      const tasks = Array.from({ length: 1000 }, (_, at) =>
        s.task(async () => {
          most = Math.max(most, ++running)
          if (at % 3 === 0) await sleep(at % 7)
          else await undefined
          running--
          if (at % 5 === 0) throw new Error('some fail')
          return at
        }),
      )
      const all = Promise.all(tasks)
      await clock.runAll()
      const results = await all
      assert.strictEqual(most, concurrency)
      assert.strictEqual(results.filter(([err]) => err === undefined).length, 800)
      await s[Symbol.asyncDispose]()
    })
  }

  for (const concurrency of [undefined, 0, Number.POSITIVE_INFINITY]) {
    test(`concurrency ${concurrency} is unlimited`, async () => {
      const s = lib.scope(concurrency === undefined ? {} : { concurrency })
      const gate = deferred()
      const tasks = Array.from({ length: 100 }, () => s.task(() => gate.promise))
      assert.isTrue(tasks.every((t) => t.status === 'running'))
      assert.strictEqual(s.concurrency, undefined)
      gate.resolve()
      await Promise.all(tasks)
      await s[Symbol.asyncDispose]()
    })
  }

  test('waiting tasks start in the order of their calls, higher priorities first', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const log: string[] = []
    const first = s.task(() => gate.promise)
    const tasks = (
      [
        ['a', 0],
        ['b', undefined],
        ['high 1', 5],
        ['low', -5],
        ['high 2', 5],
        ['c', 0],
        ['fraction', 0.5],
        ['highest', Number.MAX_SAFE_INTEGER],
      ] as const
    ).map(([name, priority]) => s.task(() => void log.push(name), priority === undefined ? {} : { priority }))
    gate.resolve()
    await Promise.all([first, ...tasks])
    assert.deepEqual(log, ['highest', 'high 1', 'high 2', 'fraction', 'a', 'b', 'c', 'low'])
    await s[Symbol.asyncDispose]()
  })

  test('a permit goes straight to the one who waits: a newcomer does not overtake', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const log: string[] = []
    const first = s.task(() => gate.promise)
    const waiting = s.task(() => void log.push('waiting'))
    const newcomer = first.then(() => s.task(() => void log.push('newcomer')))
    gate.resolve()
    await Promise.all([waiting, newcomer])
    assert.deepEqual(log, ['waiting', 'newcomer'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a cancelled body keeps its permit until it has really ended', async (clock) => {
    const s = lib.scope({ concurrency: 2 })
    const gates = [deferred(), deferred()]
    const holders = gates.map((gate) => s.task(() => gate.promise))
    const next = s.task(() => 'next')
    for (const t of holders) t.cancel()
    await clock.settle()
    assert.isTrue(holders.every((t) => t.isSettled))
    assert.strictEqual(next.status, 'queued')
    gates[1]?.resolve()
    assert.deepEqual(await next, [undefined, 'next'])
    gates[0]?.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('a task cancelled while it waits settles at once, never starts, and costs no permit', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const reason = new Error('stop')
    const first = s.task(() => gate.promise)
    const dropped = s.task(() => assert.fail('never called'))
    const next = s.task(() => 'next')
    dropped.cancel(reason)
    assert.deepEqual(await dropped, [reason, undefined])
    await dropped.settled
    assert.strictEqual(first.status, 'running')
    gate.resolve()
    assert.deepEqual(await next, [undefined, 'next'])
    assert.deepEqual(await s.task(() => 'free again'), [undefined, 'free again'])
    await s[Symbol.asyncDispose]()
  })

  test('a task cancelled in the turn it is handed its permit passes it on', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const first = s.task(() => gate.promise)
    const handed = s.task(() => 'handed')
    const next = s.task(() => 'next')
    first.then(() => handed.cancel())
    first.settled.then(() => handed.cancel())
    gate.resolve()
    assert.deepEqual(await next, [undefined, 'next'])
    assert.deepEqual(await s.task(() => 'free'), [undefined, 'free'])
    await s[Symbol.asyncDispose]()
  })

  test('100 000 waiting tasks that end at once start one after another, not one inside the other', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const first = s.task(() => gate.promise)
    let depth = 0
    let deepest = 0
    let order = 0
    const tasks = Array.from({ length: 100_000 }, (_, at) =>
      s.task(() => {
        deepest = Math.max(deepest, ++depth)
        assert.strictEqual(at, order++)
        depth--
        if (at % 2 === 1) throw at
        return at
      }),
    )
    assert.strictEqual(tasks.at(-1)?.status, 'queued')
    gate.resolve()
    await first
    const results = await Promise.all(tasks)
    assert.deepEqual([deepest, order], [1, 100_000])
    assert.deepEqual(results[99_998], [undefined, 99_998])
    assert.strictEqual(results[99_999]?.[0]?.cause, 99_999)
    await s[Symbol.asyncDispose]()
  })

  test('a body that is handed its permit may cancel the next in line, and spawn', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const first = s.task(() => gate.promise)
    const log: string[] = []
    const late: PromiseLike<unknown>[] = []
    const second = s.task(() => {
      log.push('second')
      third.cancel(new Error('not wanted'))
      late.push(s.task(() => log.push('spawned')))
    })
    const third = s.task(() => log.push('third'))
    const fourth = s.task(() => log.push('fourth'))
    gate.resolve()
    await Promise.all([first, second, third, fourth])
    await Promise.all(late)
    assert.deepEqual(log, ['second', 'fourth', 'spawned'])
    assert.strictEqual((await third)[0]?.message, 'not wanted')
    assert.strictEqual(third.status, 'cancelled')
    await s[Symbol.asyncDispose]()
  })

  test('cancelling the scope settles every waiting task, and none starts', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const reason = new Error('stop')
    s.task(() => gate.promise)
    let started = 0
    const waiting = Array.from({ length: 100 }, () => s.task(() => void started++))
    s.cancel(reason)
    for (const [err] of await Promise.all(waiting)) assert.strictEqual(err, reason)
    gate.resolve()
    await s[Symbol.asyncDispose]()
    assert.strictEqual(started, 0)
  })

  test('synchronous bodies and synchronous throws give their permit back', async () => {
    const s = lib.scope({ concurrency: 1 })
    for (let i = 0; i < 10; i++) {
      const good = s.task(() => i)
      const bad = s.task(() => {
        throw new Error('sync')
      })
      assert.deepEqual(await good, [undefined, i])
      assert.strictEqual((await bad)[0]?.message, 'sync')
    }
    await s[Symbol.asyncDispose]()
  })

  timed(
    kit,
    'a nested task stuck on a full scope is warned about once, naming both tasks and ctx.task',
    async (clock) => {
      const log = recorder()
      const s = lib.scope({ concurrency: 1, logger: log.logger })
      const outer = s.task(() => Promise.all([s.task(() => 1, { id: 'inner' }), s.task(() => 2, { id: 'inner' })]), {
        id: 'outer',
      })
      await clock.advance(999)
      assert.deepEqual(log.lines, [])
      await clock.advance(1)
      assert.lengthOf(log.lines, 1)
      const [line] = log.at('warn')
      for (const name of ['outer', 'inner', 'ctx.task']) assert.include(line?.message, name)
      await clock.advance(100_000)
      assert.lengthOf(log.lines, 1)
      outer.cancel()
      const done = s[Symbol.asyncDispose]()
      await clock.runAll()
      await done
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )

  timed(kit, 'waiting tasks that no body spawned are no cause for a warning', async (clock) => {
    const log = recorder()
    const s = lib.scope({ concurrency: 1, logger: log.logger })
    const long = s.task(() => sleep(5000))
    const waiting = s.task(() => 'fine')
    assert.strictEqual(clock.pendingTimers, 1)
    await clock.advance(5000)
    assert.deepEqual(await long, [undefined, undefined])
    assert.deepEqual(await waiting, [undefined, 'fine'])
    assert.deepEqual(log.lines, [])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a nested task on a scope whose permits come free is not warned about', async (clock) => {
    const log = recorder()
    const s = lib.scope({ concurrency: 2, logger: log.logger })
    s.task(() => sleep(600))
    const outer = s.task(() => s.task(() => 'inner'))
    await clock.advance(600)
    assert.deepEqual(await outer, [undefined, [undefined, 'inner']])
    await clock.advance(5000)
    assert.deepEqual(log.lines, [])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })
}
