/** Tasks in workers, the same with and without real ones: data and results are copies, errors keep what they carry. */

import { recorder, thrownBy } from './fixtures.js'
import type { Kit } from './kit.js'
import { failed, tasksOf, withWorkers } from './worker-fixtures.js'

export function workerTasksSuite(kit: Kit): void {
  const { lib, env } = kit
  const assert: Chai.AssertStatic = kit.assert

  withWorkers(kit, 'a function gets a copy of its data and gives a copy of its value', {}, async (s) => {
    const data = { list: [1, 2], at: new Date(0), map: new Map([['a', 1n]]) }
    const change = ({ data: mine }: { data: typeof data }) => {
      mine.list.push(3)
      return mine
    }
    const [error, value] = await s.task(change, { worker: true, data })
    assert.isUndefined(error)
    assert.deepEqual(value, { ...data, list: [1, 2, 3] })
    assert.deepEqual(data.list, [1, 2])
  })

  withWorkers(kit, 'async functions, function declarations and names that compilers keep', {}, async (s) => {
    async function declared({ data }: { data: number }): Promise<number> {
      await null
      return data + 1
    }
    assert.deepEqual(await s.task(declared, { worker: true, data: 1 }), [undefined, 2])
    const expression = function named({ data }: { data: string }) {
      return data.length
    }
    assert.deepEqual(await s.task(expression, { worker: true, data: 'four' }), [undefined, 4])
    assert.deepEqual(await s.task(/* it is async */ async () => 'arrow', { worker: true }), [undefined, 'arrow'])
    assert.deepEqual(await s.task(() => undefined, { worker: true }), [undefined, undefined])
  })

  withWorkers(kit, 'errors keep name, message, stack, code, tag, causes and errors', {}, async (s) => {
    const fail = () => {
      const cause = new TypeError('the cause', { cause: 'its own cause' })
      throw Object.assign(new RangeError('too far', { cause }), { code: 'E_FAR', _tag: 'Far' })
    }
    const error = failed(kit, await s.task(fail, { worker: true }), RangeError)
    assert.include(error as object, { name: 'RangeError', message: 'too far', code: 'E_FAR', _tag: 'Far' })
    if (env.workers !== undefined)
      assert.match(String(error.stack), /worker-task|blob:/, 'where it was thrown, over there')
    assert.instanceOf(error.cause, TypeError)
    assert.include(error.cause, { message: 'the cause', cause: 'its own cause' })
    const all = () => Promise.any([Promise.reject(new Error('a')), Promise.reject(7)])
    const many = failed(kit, await s.task(all, { worker: true }), AggregateError)
    assert.strictEqual(many.errors[0].message, 'a')
    assert.strictEqual(many.errors[1], 7)
    const value = () => {
      throw { not: 'an error' }
    }
    assert.deepEqual(failed(kit, await s.task(value, { worker: true }), lib.UnknownError).cause, { not: 'an error' })
    const named = () => {
      throw Object.assign(new Error('m'), { name: 'ValidationError', field: 'age' })
    }
    assert.include(failed(kit, await s.task(named, { worker: true }), Error) as object, {
      name: 'ValidationError',
      field: 'age',
    })
  })

  withWorkers(kit, 'buffers are copied, and move only when asked to', {}, async (s) => {
    const size = ({ data }: { data: Uint8Array }) => data.reduce((sum, byte) => sum + byte, 0)
    const bytes = Uint8Array.of(1, 2, 3)
    assert.deepEqual(await s.task(size, { worker: true, data: bytes }), [undefined, 6])
    assert.lengthOf(bytes, 3)
    assert.deepEqual(await s.task(size, { worker: true, data: bytes, transfer: [bytes.buffer] }), [undefined, 6])
    assert.lengthOf(bytes, 0, 'what was transferred has moved')
  })

  withWorkers(kit, 'a context has data, attempt, signal, logger and progress, no services', {}, async (s, log) => {
    const seen: number[] = []
    s.provide('db' as never, 'a database' as never)
    const [error, value] = await s.task(tasksOf(kit).describe, { worker: true, data: { a: 1 }, id: 'describe' })
    assert.isUndefined(error)
    assert.deepEqual(value, { data: { a: 1 }, attempt: 1, others: ['signal'], percentage: 50 })
    const line = log.at('info')[0]
    assert.match(line?.message ?? '', /describe#1\] describing/)
    assert.deepEqual(line?.args, [{ data: { a: 1 } }])
    assert.lengthOf(seen, 0)
  })

  withWorkers(kit, 'a task of a module that exposes it', {}, async (s) => {
    const w = tasksOf(kit)
    assert.deepEqual(await s.task(w.add, { worker: true, data: [1, 2] }), [undefined, 3])
    assert.deepEqual(await s.task(w.add, { worker: true, data: [3, 4] }), [undefined, 7])
    assert.strictEqual(w.add, w.add)
    const error = failed(kit, await s.task(w.fail, { worker: true }), RangeError)
    assert.include(error as object, { message: 'too far', code: 'E_FAR', _tag: 'Far' })
  })

  withWorkers(kit, 'what cannot be copied is told, and the next task runs', {}, async (s) => {
    const result = failed(kit, await s.task(() => () => 1, { worker: true, id: 'maker' }), TypeError)
    assert.match(result.message, /maker returned what cannot be copied/)
    const data = failed(kit, await s.task(() => 1, { worker: true, id: 'taker', data: () => 1 }), TypeError)
    assert.match(data.message, /^Cannot send the data of task taker to a worker: .*clon/i)
    const thrown = () => {
      throw () => 1
    }
    failed(kit, await s.task(thrown, { worker: true }), lib.UnknownError)
    const logged = ({ logger }: { logger: { warn(message: string, ...args: unknown[]): void } }) =>
      logger.warn('look', () => 1)
    assert.deepEqual(await s.task(logged, { worker: true }), [undefined, undefined])
    assert.deepEqual(await s.task(() => 'next', { worker: true }), [undefined, 'next'])
  })

  withWorkers(kit, 'policies apply as to any task', {}, async (s) => {
    const events: string[] = []
    s.onBeforeTask((name) => events.push(`before ${name}`))
    s.onAfterTask((name) => events.push(`after ${name}`))
    const second = ({ attempt }: { attempt: number }) => {
      if (attempt < 2) throw new Error('the first one fails')
      return attempt
    }
    const retried = await s.task(second, { worker: true, id: 'second', retry: { max: 1, delay: 0 } })
    assert.deepEqual(retried, [undefined, 2])
    assert.deepEqual(events, ['before second', 'after second'])
    const random = () => Math.random()
    const options = { worker: true, memo: { key: 'random', ttl: Infinity } } as const
    const [, first] = await s.task(random, options)
    assert.strictEqual((await s.task(random, options))[1], first)
    const hang = ({ signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told'))))
    const late = s.task(hang, { worker: true, timeout: 50 })
    failed(kit, await late, lib.TimeoutError)
    await late.settled
  })

  withWorkers(kit, 'functions whose text means nothing elsewhere are refused at the call', {}, async (s) => {
    const computed = 'of a name'
    const object = {
      method() {},
      async later() {},
      *many() {},
      get value() {
        return 1
      },
      [computed]() {},
      async async() {},
    }
    const getter = Object.getOwnPropertyDescriptor(object, 'value')?.get
    const methods = [object.method, object.later, object.many, object[computed], object.async, getter]
    // Older WebKits write methods as functions, which can be sent.
    const written = methods.filter((fn) => !/^(async )?function/.test(String(fn)))
    for (const fn of [Math.max, (() => 1).bind(undefined), class {}, ...written]) {
      const error = thrownBy(() => s.task(fn as never, { worker: true }), String(fn))
      assert.instanceOf(error, TypeError, String(fn))
      assert.match(
        (error as Error).message,
        /Cannot start worker task: .* is a (native or bound function|method|class)/,
      )
    }
    assert.notInclude(s.debugTree(), 'task')
  })

  withWorkers(kit, 'misuse throws at the call', {}, async (s) => {
    const wrong: readonly (readonly [RegExp, unknown, object])[] = [
      [/worker must be true or false/, () => 1, { worker: 'yes' }],
      [/fn without worker: true must be a function/, { module: './m.js' }, {}],
      [/fn without worker: true must be a function/, tasksOf(kit).add, { data: [1, 2] }],
      [/fn must be a function, \{ module, export \} or a task/, {}, { worker: true }],
      [/fn must be a function, \{ module, export \} or a task/, undefined, { worker: true }],
      [/module must be a string/, { module: 5 }, { worker: true }],
      [/export must be a string/, { module: './m.js', export: 5 }, { worker: true }],
      [/transfer needs worker/, () => 1, { transfer: [] }],
      [/transfer must be an array/, () => 1, { worker: true, transfer: {} }],
      [/transfer and retry/, () => 1, { worker: true, transfer: [], retry: 'fixed' }],
    ]
    for (const [message, fn, options] of wrong) {
      const error = thrownBy(() => s.task(fn as never, options as never))
      assert.match((error as Error).message, message)
    }
    assert.throws(() => lib.workerTasks({}), TypeError, /one of url, create and inline/)
    assert.throws(() => lib.workerTasks({ url: '' }), RangeError)
    assert.throws(() => lib.workerTasks({ create: 'no' as never }), TypeError)
    assert.throws(() => lib.expose(undefined as never), TypeError)
    assert.throws(() => lib.scope({ workerPool: { size: 0 } }), RangeError)
    assert.throws(() => lib.scope({ workerPool: { idleTimeout: -1 } }), RangeError)
    assert.throws(() => lib.scope({ workerPool: { fallback: 'other' as never } }), RangeError)
  })

  kit.test('workers: exposing tasks where no worker is does nothing', () => lib.expose({ add: () => 1 }))

  if (env.workers === undefined) withoutWorkers(kit)
}

function withoutWorkers(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  withWorkers(kit, 'without them tasks run where they are, with one warning', {}, async (s, log) => {
    for (let i = 0; i < 3; i++) assert.deepEqual(await s.task(() => 1, { worker: true }), [undefined, 1])
    await using child = s.createChild()
    assert.deepEqual(await child.task(() => 1, { worker: true }), [undefined, 1])
    assert.lengthOf(log.at('warn'), 1)
    assert.match(log.at('warn')[0]?.message ?? '', /run without a worker.*has none/)
  })

  withWorkers(kit, 'without them a module has to say how it is loaded here', {}, async (s) => {
    const error = failed(kit, await s.task({ module: './m.js' }, { worker: true, id: 'm' }), lib.WorkerStartError)
    assert.match(error.message, /no workers for task m.*inline/)
  })

  withWorkers(kit, 'without them they can be refused', { workerPool: { fallback: 'error' } }, async (s) => {
    const error = failed(kit, await s.task(() => 1, { worker: true, id: 'job' }), lib.WorkerStartError)
    assert.match(error.message, /There are no workers for task job/)
  })

  kit.test('workers: without them a logger hears of it once for each pool', async () => {
    const log = recorder()
    for (let i = 0; i < 2; i++) {
      await using s = lib.scope({ logger: log.logger })
      await s.task(() => 1, { worker: true })
    }
    assert.lengthOf(log.at('warn'), 2)
  })
}
