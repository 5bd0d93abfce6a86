/** A failure that nobody looked at is reported exactly once, and never as an unhandled rejection. */

import { deferred, recorder, tells, timed } from './fixtures.js'
import type { Kit } from './kit.js'

export function unhandled(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'it goes to logger.error once, though the scope is disposed twice', async (clock) => {
    const log = recorder()
    const error = new Error('nobody looked')
    const s = lib.scope({ logger: log.logger, name: 'job' })
    s.task(() => Promise.reject(error), { id: 'lonely' })
    await clock.settle()
    await s[Symbol.asyncDispose]()
    await s[Symbol.asyncDispose]()
    assert.lengthOf(log.lines, 1)
    const [line] = log.at('error')
    assert.isOk(line && tells(line, error))
    assert.include(`${line?.message} ${line?.args.map(String).join(' ')}`, 'lonely')
  })

  timed(kit, 'onUnhandled is called instead, with the error, name, index and scope', async (clock) => {
    const log = recorder()
    const calls: unknown[][] = []
    const s = lib.scope({ logger: log.logger, name: 'job', onUnhandled: (...args) => void calls.push(args) })
    const [one, two] = [new Error('one'), new Error('two')]
    s.task(() => Promise.reject(one))
    s.task(
      () => {
        throw two
      },
      { id: 'second' },
    )
    await clock.settle()
    await s[Symbol.asyncDispose]()
    assert.lengthOf(calls, 2)
    const byError = new Map(calls.map(([error, info]) => [error, info]))
    assert.deepEqual(byError.get(one), { name: 'task-1', index: 1, scopeName: 'job' })
    assert.deepEqual(byError.get(two), { name: 'second', index: 2, scopeName: 'job' })
    assert.deepEqual(log.lines, [])
  })

  for (const [way, look] of [
    ['await', async (t: PromiseLike<unknown>) => void (await t)],
    ['then', async (t: PromiseLike<unknown>) => void t.then(() => {})],
    ['Promise.all', async (t: PromiseLike<unknown>) => void (await Promise.all([t]))],
  ] as const) {
    timed(kit, `a failure that somebody looked at (${way}) is not reported`, async (clock) => {
      let reports = 0
      const s = lib.scope({ onUnhandled: () => void reports++ })
      const t = s.task(() => Promise.reject(new Error('seen')))
      await look(t)
      await clock.settle()
      assert.strictEqual(t.status, 'failed')
      await s[Symbol.asyncDispose]()
      assert.strictEqual(reports, 0)
    })
  }

  timed(kit, 'looking late, but before the scope has drained, is looking', async (clock) => {
    let reports = 0
    const s = lib.scope({ onUnhandled: () => void reports++ })
    const error = new Error('seen late')
    const t = s.task(() => Promise.reject(error))
    await clock.settle()
    assert.strictEqual(t.status, 'failed')
    assert.strictEqual((await t)[0], error)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(reports, 0)
  })

  test('looking after the report still gives the Result', async () => {
    let reports = 0
    const s = lib.scope({ onUnhandled: () => void reports++ })
    const error = new Error('seen too late')
    const t = s.task(() => Promise.reject(error))
    await s[Symbol.asyncDispose]()
    const seen = (await t)[0]
    assert.isTrue(seen === error || lib.isCancelled(seen))
    assert.isAtMost(reports, 1)
  })

  timed(kit, 'cancellation is never reported; a timeout of the task is', async (clock) => {
    const calls: unknown[] = []
    const s = lib.scope({ onUnhandled: (error) => void calls.push(error) })
    const gate = deferred()
    s.task(() => gate.promise).cancel(new Error('cancelled'))
    s.task(() => gate.promise, { timeout: 5 })
    s.task(() => gate.promise)
    await clock.advance(5)
    gate.resolve()
    await s[Symbol.asyncDispose]()
    assert.lengthOf(calls, 1)
    assert.instanceOf(calls[0], lib.TimeoutError)
  })

  timed(kit, 'a falsy throw is reported too', async (clock) => {
    const calls: unknown[] = []
    const s = lib.scope({ onUnhandled: (error) => void calls.push(error) })
    s.task(() => Promise.reject(undefined))
    await clock.settle()
    await s[Symbol.asyncDispose]()
    assert.lengthOf(calls, 1)
    assert.instanceOf(calls[0], lib.UnknownError)
  })

  timed(kit, "with 'throw' disposal rejects with the error itself, once, after every cleanup", async (clock) => {
    const log = recorder()
    const error = new Error('nobody looked')
    let cleaned = false
    const s = lib.scope({ onUnhandled: 'throw', logger: log.logger })
    s.onDispose(() => void (cleaned = true))
    s.task(() => Promise.reject(error))
    await clock.settle()
    const seen = await s[Symbol.asyncDispose]().catch((thrown: unknown) => thrown)
    assert.strictEqual(seen, error)
    assert.isTrue(cleaned)
    assert.deepEqual(log.lines, [])
  })

  timed(kit, "with 'throw' several errors, and those of cleanups, are all kept", async (clock) => {
    const errors = [new Error('1'), new Error('2'), new Error('cleanup')]
    const s = lib.scope({ onUnhandled: 'throw' })
    s.onDispose(() => Promise.reject(errors[2]))
    s.task(() => Promise.reject(errors[0]))
    s.task(() => Promise.reject(errors[1]))
    await clock.settle()
    const seen = await s[Symbol.asyncDispose]().catch((thrown: unknown) => thrown)
    const flat = (value: unknown): unknown[] => {
      const shape = value as { readonly error: unknown; readonly suppressed: unknown }
      return typeof value === 'object' && value !== null && 'suppressed' in value
        ? [...flat(shape.suppressed), ...flat(shape.error)]
        : [value]
    }
    assert.sameMembers(flat(seen), errors)
    assert.lengthOf(flat(seen), 3)
  })

  timed(
    kit,
    'a throwing onUnhandled is reported, keeps no other failure from its report, and rejects nothing',
    async (clock) => {
      const log = recorder()
      const error = new Error('callback')
      let calls = 0
      const s = lib.scope({
        logger: log.logger,
        onUnhandled: () => {
          calls++
          throw error
        },
      })
      s.task(() => Promise.reject(new Error('1')))
      s.task(() => Promise.reject(new Error('2')))
      await clock.settle()
      await s[Symbol.asyncDispose]()
      assert.strictEqual(calls, 2)
      assert.isAtLeast(log.lines.filter((line) => tells(line, error)).length, 1)
    },
  )

  timed(kit, "a child's failure is reported once, by the child", async (clock) => {
    const [outer, inner] = [recorder(), recorder()]
    const root = lib.scope({ logger: outer.logger })
    const child = root.createChild({ logger: inner.logger })
    child.task(() => Promise.reject(new Error('nobody looked')))
    await clock.settle()
    await root[Symbol.asyncDispose]()
    assert.lengthOf(inner.at('error'), 1)
    assert.deepEqual(outer.lines, [])
  })

  timed(kit, "a child's failure with 'throw' reaches whoever disposes the parent", async (clock) => {
    const root = lib.scope()
    const error = new Error('nobody looked')
    root.createChild({ onUnhandled: 'throw' }).task(() => Promise.reject(error))
    await clock.settle()
    assert.strictEqual(await root[Symbol.asyncDispose]().catch((thrown: unknown) => thrown), error)
  })

  timed(kit, '10 000 failures that nobody looked at are all reported once', async (clock) => {
    const seen = new Set<unknown>()
    let calls = 0
    const s = lib.scope({
      onUnhandled: (error) => {
        seen.add(error)
        calls++
      },
    })
    for (let i = 0; i < 10_000; i++) s.task(() => Promise.reject(new Error(`failure ${i}`)))
    await clock.settle()
    await s[Symbol.asyncDispose]()
    assert.strictEqual(seen.size, 10_000)
    assert.strictEqual(calls, 10_000)
  })

  timed(kit, 'without a logger the failure is seen on the console', async (clock) => {
    const lines: unknown[][] = []
    const original = console.error
    console.error = (...args: unknown[]) => void lines.push(args)
    try {
      const s = lib.scope({ name: 'job' })
      s.task(() => Promise.reject(new Error('nobody looked')))
      await clock.settle()
      await s[Symbol.asyncDispose]()
    } finally {
      console.error = original
    }
    assert.lengthOf(lines, 1)
    assert.include(lines[0]?.map(String).join(' '), 'nobody looked')
  })

  test('a failure that is awaited in the turn in which its scope begins to end is looked at', async () => {
    const unhandled: string[] = []
    const s = lib.scope({ onUnhandled: (_error, task) => void unhandled.push(task.name) })
    const child = s.createChild({ onUnhandled: (_error, task) => void unhandled.push(task.name) })
    const broken = (): never => {
      throw new Error('broken')
    }
    const tasks = [s.task(broken), child.task(broken)]
    const ended = s[Symbol.asyncDispose]()
    const looks = [...tasks.map(async (task) => await task), ...tasks.map(async (task) => task)]
    await Promise.all([ended, ...looks])
    assert.deepEqual(unhandled, [])
  })
}
