/** Real workers: how many there are, how they are told to stop, how they die, and that the next task runs all the same. */

import type { Scope, Task } from '../generic/index.js'
import { deferred } from './fixtures.js'
import type { Kit } from './kit.js'
import { failed, tasksOf, withWorkers } from './worker-fixtures.js'

/** What a worker remembers of itself. */
const mark = ({ data }: { data?: string }) => {
  const self = globalThis as { mark?: string | undefined }
  self.mark ??= data
  return self.mark
}

const hang = () => new Promise<never>(() => {})

const loop = () => {
  for (;;);
}

/** Says that it runs, and then stays until it is told to stop. */
const obedient = ({ logger, signal }: { logger: { info(message: string): void }; signal: AbortSignal }) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(String((signal.reason as Error).message)))
    logger.info('running')
  })

/** Says that it runs, and then never hears anything again. */
const deaf = ({ logger }: { logger: { info(message: string): void } }) => {
  logger.info('running')
  return new Promise(() =>
    setTimeout(() => {
      for (;;);
    }, 20),
  )
}

export function workerLife(kit: Kit): void {
  const { lib, env, modules } = kit
  const assert: Chai.AssertStatic = kit.assert
  const { base } = modules
  if (base === undefined) return

  /** A logger whose first line can be waited for. */
  function listener() {
    const said = deferred()
    const tell = (): void => said.resolve()
    return { said: said.promise, logger: { debug: tell, info: tell, warn: () => {}, error: () => {} } }
  }

  async function works(s: Scope): Promise<void> {
    assert.deepEqual(await s.task(() => 'next', { worker: true }), [undefined, 'next'])
  }

  /** The task fails within a second of this moment. */
  async function failsSoon<E extends Error>(
    task: Task<readonly [Error | undefined, unknown]>,
    Expected: abstract new (...args: never) => E,
  ): Promise<E> {
    const start = performance.now()
    const error = failed(kit, await task, Expected)
    assert.isBelow(performance.now() - start, 2_000, 'within a second, and one for the worker to start')
    return error
  }

  withWorkers(kit, 'an export of a module, by address', {}, async (s) => {
    const module = `${base}functions.js`
    assert.deepEqual(await s.task<number>({ module, export: 'multiply' }, { worker: true, data: [3, 4] }), [
      undefined,
      12,
    ])
    assert.deepEqual(await s.task({ module: new URL(module) }, { worker: true, data: 'echo' }), [undefined, 'echo'])
  })

  withWorkers(kit, 'what is not there is told by its name', {}, async (s) => {
    const start = async (module: string, name?: string): Promise<string> => {
      const spec = name === undefined ? { module: base + module } : { module: base + module, export: name }
      return (await failsSoon(s.task(spec, { worker: true, id: 'lost' }), lib.WorkerStartError)).message
    }
    assert.match(await start('missing.js'), /lost.*missing\.js/)
    assert.match(await start('broken.js'), /lost.*broken/)
    assert.match(await start('functions.js', 'nothing'), /lost.*functions\.js has no function nothing/)
    assert.match(await start('functions.js', 'version'), /no function version/)
    const w = tasksOf(kit) as unknown as Record<'nothing' | 'toString', ReturnType<typeof tasksOf>['add']>
    for (const name of ['nothing', 'toString'] as const) {
      const task = s.task(w[name], { worker: true, data: [1, 2] })
      assert.match((await failsSoon(task, lib.WorkerStartError)).message, new RegExp(`exposes no function ${name}`))
    }
    await works(s)
  })

  for (const file of ['missing.js', 'broken.js']) {
    withWorkers(kit, `a module that does not load: ${file}`, {}, async (s) => {
      const task = s.task(tasksOf(kit, file).add, { worker: true, data: [1, 2], id: 'lost' })
      assert.match((await failsSoon(task, lib.WorkerStartError)).message, /Cannot start the worker of task lost: ./)
      await works(s)
    })
  }

  withWorkers(kit, 'a variable from outside is named', {}, async (s) => {
    const outside = [1, 2, 3]
    const task = s.task(() => outside.length, { worker: true, id: 'sum' })
    const error = failed(kit, await task, lib.WorkerCaptureError)
    assert.strictEqual(error.variable, 'outside')
    assert.match(error.message, /Task sum uses outside/)
    assert.instanceOf(error.cause, ReferenceError)
    await works(s)
  })

  withWorkers(kit, 'children share the workers, unless they have options of their own', {}, async (s) => {
    assert.deepEqual(await s.task(mark, { worker: true, data: 'first' }), [undefined, 'first'])
    await using child = s.createChild()
    assert.deepEqual(await child.task(mark, { worker: true, data: 'second' }), [undefined, 'first'])
    await using own = s.createChild({ workerPool: {} })
    assert.deepEqual(await own.task(mark, { worker: true, data: 'third' }), [undefined, 'third'])
  })

  withWorkers(kit, 'a free worker of another module makes room', {}, async (s) => {
    const w = tasksOf(kit)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await s.task(w.add, { worker: true, data: [i, i] }), [undefined, 2 * i])
      assert.deepEqual(await s.task(mark, { worker: true, data: `${i}` }), [undefined, `${i}`])
    }
  })

  kit.test('workers: cancelled in the queue, a task never starts', async () => {
    const { said, logger } = listener()
    await using s = lib.scope({ logger, logLevel: 'debug', workerPool: { size: 1 } })
    const running = s.task(obedient, { worker: true })
    await said
    const queued = s.task(mark, { worker: true, data: 'queued' })
    assert.strictEqual(queued.status, 'queued')
    queued.cancel(new Error('not wanted'))
    assert.strictEqual((await queued)[0]?.message, 'not wanted')
    await queued.settled
    running.cancel()
    await running.settled
    assert.deepEqual(await s.task(mark, { worker: true, data: 'later' }), [undefined, 'later'])
  })

  kit.test('workers: a running task hears its signal, and its worker stays', async () => {
    const { said, logger } = listener()
    await using s = lib.scope({ logger, workerPool: { size: 1 } })
    await s.task(mark, { worker: true, data: 'kept' })
    const task = s.task(obedient, { worker: true })
    await said
    const start = performance.now()
    task.cancel(new Error('enough'))
    assert.isTrue(task.isSettled)
    await task.settled
    assert.isBelow(performance.now() - start, 900, 'nobody had to end the worker')
    assert.deepEqual(await s.task(mark, { worker: true, data: 'new' }), [undefined, 'kept'])
  })

  kit.test('workers: one that does not hear is replaced, and no other', async () => {
    const { said, logger } = listener()
    await using s = lib.scope({ logger, workerPool: { size: 2 } })
    const other = s.task(
      ({ data, signal }: { data: string; signal: AbortSignal }) => {
        const self = globalThis as { mark?: string }
        self.mark = data
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(data)))
      },
      { worker: true, data: 'untouched' },
    )
    const task = s.task(deaf, { worker: true })
    await said
    const start = performance.now()
    task.cancel()
    assert.isTrue(task.isSettled)
    await task.settled
    const took = performance.now() - start
    assert.isAtLeast(took, 950, 'it has a second')
    assert.isBelow(took, 3_000)
    await works(s)
    other.cancel()
    await other.settled
    assert.deepEqual(await s.task(mark, { worker: true, data: 'new' }), [undefined, 'untouched'])
  })

  withWorkers(kit, 'one that loops for ever keeps to its timeout', {}, async (s) => {
    await works(s)
    const task = s.task(loop, { worker: true, timeout: 50 })
    failed(kit, await task, lib.TimeoutError)
    const start = performance.now()
    await task.settled
    assert.isBelow(performance.now() - start, 3_000)
    await works(s)
  })

  const exits = {
    threads: () => (globalThis as unknown as { process: { exit(code: number): void } }).process.exit(3),
    page: () => {
      ;(globalThis as unknown as { close(): void }).close() // which lets the turn go on to its end
      return new Promise(() => {})
    },
  }
  const exit = exits[env.workers ?? 'page']

  const deaths: Readonly<Record<string, () => unknown>> = {
    'that exits': exit,
    'that leaves a rejection to nobody': () => {
      void Promise.reject(new Error('left alone'))
      return new Promise(() => {})
    },
    'with an error that nobody catches': () =>
      new Promise(() =>
        setTimeout(() => {
          throw new Error('left alone')
        }),
      ),
  }
  for (const [death, fn] of Object.entries(deaths)) {
    withWorkers(kit, `one ${death} fails its task within a second`, {}, async (s) => {
      await works(s)
      // Whatever the body returns, the worker must not live to tell.
      const error = await failsSoon(
        s.task(fn as () => undefined, { worker: true, id: 'doomed' }),
        lib.WorkerCrashedError,
      )
      assert.match(error.message, /The worker of task doomed crashed/)
      if (fn !== exit) assert.match(error.message, /left alone/)
      await works(s)
    })
  }

  withWorkers(kit, 'a retry runs again after a crash, the pool by itself does not', {}, async (s) => {
    const once = ({ attempt }: { attempt: number }) => {
      if (attempt > 1) return attempt
      setTimeout(() => {
        throw new Error('the first one dies')
      })
      return new Promise<number>(() => {})
    }
    assert.deepEqual(await s.task(once, { worker: true, retry: { max: 1, delay: 0 } }), [undefined, 2])
    failed(kit, await s.task(once, { worker: true }), lib.WorkerCrashedError)
  })

  const { smallWorker } = env
  if (smallWorker !== undefined) {
    withWorkers(kit, 'one that runs out of memory fails its task', {}, async (s) => {
      const w = lib.workerTasks<{ grow(context: object): never }>({ create: () => smallWorker(`${base}tasks.js`) })
      const error = failed(kit, await s.task(w.grow, { worker: true, id: 'hungry' }), lib.WorkerCrashedError)
      assert.match(error.message, /hungry.*memory/)
      await works(s)
    })
  }

  kit.test('workers: the end of their scope is theirs', async () => {
    const { said, logger } = listener()
    const s = lib.scope({ logger, workerPool: { size: 1 }, gracePeriod: 50 })
    const task = s.task(deaf, { worker: true })
    const queued = s.task(hang, { worker: true })
    await said
    const start = performance.now()
    await s[Symbol.asyncDispose]()
    assert.isBelow(performance.now() - start, 1_500)
    assert.isTrue(lib.isCancelled((await task)[0]))
    assert.isTrue(lib.isCancelled((await queued)[0]))
  })

  kit.test('workers: a scope that ends while they are loading waits for nothing', async () => {
    for (let i = 0; i < 3; i++) {
      const s = lib.scope({ workerPool: { size: 2 } })
      const tasks = [s.task(() => 1, { worker: true }), s.task(tasksOf(kit).add, { worker: true, data: [1, 2] })]
      for (let n = 0; n < i * 20; n++) await null
      await s[Symbol.asyncDispose]()
      for (const task of tasks) {
        const [error] = await task // Deno may hear of a value before our turn is over
        assert.isTrue(error === undefined || lib.isCancelled(error), String(error))
      }
    }
  })

  for (const options of [{}, { timeout: 10_000 }]) {
    const layers = Object.keys(options).join() || 'no layer'
    withWorkers(
      kit,
      `one that is cancelled before it started starts no other, with ${layers}`,
      { concurrency: 1 },
      async () => {
        const unhandled: string[] = []
        const s = lib.scope({ concurrency: 1, onUnhandled: (_error, task) => void unhandled.push(task.name) })
        const first = s.task(() => 1, { worker: true })
        const second = s.task(() => assert.fail('never called'), options)
        const third = s.task(() => assert.fail('never called'), options)
        first.cancel() // hands its permit on
        second.cancel()
        s.cancel()
        for (const task of [first, second, third]) assert.strictEqual(task.status, 'cancelled')
        await s[Symbol.asyncDispose]()
        assert.deepEqual(unhandled, [])
        for (const task of [first, second, third]) assert.isTrue(lib.isCancelled((await task)[0]))
      },
    )
  }
}
