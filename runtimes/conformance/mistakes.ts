/** The mistakes of the first hour: each is told at once, or as soon as it can be seen, with what to do instead. */

import { recorder, timed } from './fixtures.js'
import type { Kit, Lib } from './kit.js'

/** Of so many scopes at least one is watched. */
const watchedOneOf = 64

type Scope = ReturnType<Lib['scope']>

/** A mistake that a call refuses: what was done, and what the error says. */
type Refusal = readonly [mistake: string, message: RegExp, attempt: (s: Scope, lib: Lib) => unknown]

/** What JavaScript lets through; the compiler refuses nearly all of it. */
const any = (value: unknown): never => value as never

const work = (): Promise<number> => Promise.resolve(1)

const refusals: readonly Refusal[] = [
  ['a promise given to task', /fn must be a function, \(\) => work\(\), got a promise/, (s) => s.task(any(work()))],
  ['a task given to task', /fn must be a function, .+, got a promise/, (s) => s.task(any(s.task(work)))],
  ['nothing given to task', /fn must be a function, got undefined/, (s) => s.task(any(undefined))],
  ['a value given to task', /fn must be a function, got 'text'/, (s) => s.task(any('text'))],
  ['a promise given to parallel', /factories must be an array, got a promise/, (s) => s.parallel(any(work()))],
  [
    'promises given to parallel',
    /factories\[0\] must be .+ \(\) => work\(\), got a promise/,
    (s) => s.parallel(any([work()])),
  ],
  [
    'functions one by one given to parallel',
    /factories must be an array, got a f/,
    (s) => s.parallel(any(work), any(work)),
  ],
  ['promises given to race', /factories\[0\] must be .+ \(\) => work\(\), got a promise/, (s) => s.race(any([work()]))],
  ['a promise given to poll', /fn must be .+ \(\) => work\(\), got a promise/, (s) => s.poll(any(work()), () => {})],
  ['a promise given to onDispose', /fn must be .+ \(\) => work\(\), got a promise/, (s) => s.onDispose(any(work()))],
  ['a timeout instead of options', /options must be an object, got 1000/, (s) => s.task(work, any(1000))],
  ['a number as retry', /retry must be one of 'exponential', .+, got 3/, (s) => s.task(work, any({ retry: 3 }))],
  [
    'a misspelt retry',
    /retry must be one of 'exponential', .+, got 'expo'/,
    (s) => s.task(work, any({ retry: 'expo' })),
  ],
  ['a wait instead of options', /options must be an object, got 300/, (s) => s.debounce(work, any(300))],
  [
    'every with its arguments swapped',
    /ms must be a number of m.+, got a function/,
    (s) => s.every(any(work), any(300)),
  ],
  [
    'a duration as text',
    /timeout must be a number of milliseconds, got '5s'/,
    (_, lib) => lib.scope({ timeout: any('5s') }),
  ],
  ['a name instead of options', /options must be an object, got 'job'/, (_, lib) => lib.scope(any('job'))],
  [
    'a controller as the signal of a scope',
    /controller\.signal, got an object/,
    (_, lib) => lib.scope({ signal: any(new AbortController()) }),
  ],
  [
    'a controller as the signal of a wait',
    /controller\.signal, got an object/,
    (s) => s.delay(1, { signal: any(new AbortController()) }),
  ],
  ['new Scope()', /use scope\(options\) instead of new Scope\(\)/, (_, lib) => Reflect.construct(lib.Scope, [])],
  ['using without await', /write await using/, (s) => Reflect.get(s, Symbol.dispose)],
  [
    'a checkpoint without an id',
    /checkpoint needs an id, by which/,
    (s, lib) =>
      s
        .createChild({ persistence: { checkpoint: new lib.InMemoryCheckpointProvider() } })
        .task(work, { checkpoint: {} }),
  ],
  [
    'resumeTask without a provider',
    /give the scope one in persistence\.checkpoint/,
    (s) => s.resumeTask('import', work),
  ],
  [
    'idempotency without a provider',
    /give the scope one in persistence\.idempotency/,
    (s) => s.task(work, { idempotency: { key: 'k' } }),
  ],
  [
    'a class as a provider',
    /persistence\.checkpoint must be an object/,
    (_, lib) => lib.scope({ persistence: { checkpoint: any(lib.InMemoryCheckpointProvider) } }),
  ],
  [
    'a module without worker: true',
    /fn without worker: true must be a function, got an object/,
    (s) => s.task(any({ module: './w.js' })),
  ],
  [
    'a bound function for a worker',
    /: bound is a native or bound function, .+ use an arrow/,
    (s) => s.task(any((() => 1).bind(null)), { worker: true }),
  ],
  ['a service provided twice', /has it already, use override/, (s) => s.provide('db', 1).provide('db', 2)],
  ['cases of select as an object', /cases must be a Map or an array, got an object/, (s) => s.select(any({}))],
  [
    'channels given to select',
    /case must be made by on, onSend, otherwise or onTimeout/,
    (s) => s.select(any([s.channel()])),
  ],
]

export function mistakes(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const [mistake, message, attempt] of refusals) {
    test(`mistakes: ${mistake} is refused and told what to do`, async () => {
      await using s = lib.scope()
      const thrown = await failureOf(() => attempt(s, lib))
      assert.match(String(thrown), /Error: Cannot [^:]+: /)
      assert.match(String(thrown), message)
    })
  }
  afterTheEnd(kit)
  ownEnd(kit)
  forgotten(kit)

  if (kit.env.workers === undefined) return
  test('mistakes: a variable that a worker does not have is named', async () => {
    await using s = lib.scope()
    const factor = Math.random() // Bun would put a constant into the text itself
    const [err] = await s.task(({ data }: { readonly data: number }) => data * factor, { worker: true, data: 2 })
    assert.instanceOf(err, lib.WorkerCaptureError)
    assert.match(err.message, /uses factor, .+ pass it in data, or put the function into a module/)
  })
}

/** What a call throws or rejects with. */
async function failureOf(fn: () => unknown): Promise<unknown> {
  try {
    await fn()
  } catch (error) {
    return error
  }
  throw new Error('expected an error, and there was none')
}

function afterTheEnd({ lib, test, assert: given }: Kit): void {
  const assert: Chai.AssertStatic = given
  const attempts: readonly (readonly [string, (s: Scope) => unknown])[] = [
    ['task', (s) => s.task(work)],
    ['createChild', (s) => s.createChild()],
    ['channel', (s) => s.channel()],
    ['debounce', (s) => s.debounce(work)],
    ['semaphore', (s) => s.semaphore(1)],
    ['parallel', (s) => s.parallel([work])],
    ['provide', (s) => s.provide('db', 1)],
  ]
  for (const [name, attempt] of attempts) {
    test(`mistakes: ${name} after the end names the scope and what to do`, async () => {
      const s = lib.scope({ name: 'job' })
      await s[Symbol.asyncDispose]()
      const thrown = await failureOf(() => attempt(s))
      assert.instanceOf(thrown, lib.ScopeDisposedError)
      assert.match(thrown.message, /^Cannot .+: scope job is disposed; use it earlier, or one that lives longer$/)
    })
  }

  test('mistakes: a channel that is closed ends its iteration, each time', async () => {
    await using s = lib.scope()
    const ch = s.channel<number>(1)
    await ch.send(1)
    ch.close()
    const seen: number[] = []
    for await (const value of ch) seen.push(value)
    for await (const value of ch) seen.push(value)
    assert.deepEqual(seen, [1])
  })

  test('mistakes: a missing provider of checkpoints is told before the body misses it', async () => {
    const log = recorder()
    await using s = lib.scope({ logger: log.logger })
    await s.task(({ checkpoint }) => checkpoint?.save(1), { id: 'import', checkpoint: {} })
    assert.match(log.at('warn')[0]?.message ?? '', /give the scope one in persistence\.checkpoint/)
  })
}

function ownEnd(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'mistakes: a task that joins its own scope is warned of', async (clock) => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger })
    const t = s.task(() => s.join(), { id: 'own' })
    assert.match(log.at('warn')[0]?.message ?? '', /Task own waits for itself if it awaits join\(\) of its own scope/)
    t.cancel()
    assert.isTrue(lib.isCancelled((await t)[0]))
    const ended = s[Symbol.asyncDispose]()
    await clock.advance(s.gracePeriod)
    await ended
  })

  timed(kit, 'mistakes: a task that awaits the disposal of its own scope is named in the end', async (clock) => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger, gracePeriod: 100 })
    s.task(
      async () => {
        await undefined
        await s[Symbol.asyncDispose]()
      },
      { id: 'own' },
    )
    await clock.advance(100)
    await s[Symbol.asyncDispose]()
    assert.match(log.at('warn')[0]?.message ?? '', /Task own is still running .+, or waits for its own scope, /)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'mistakes: a task may end a child and await it', async () => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger })
    await s.task(async () => {
      const child = s.createChild()
      child.task(() => {})
      await child.join()
      await child[Symbol.asyncDispose]()
    })
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log.lines, [])
  })
}

/** Only where a collection can be asked for. */
function forgotten({ lib, test, env, assert: given }: Kit): void {
  const assert: Chai.AssertStatic = given
  const { heapUsed } = env
  if (heapUsed === undefined) return

  const collected = async (until: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 200 && !until(); turn++) {
      heapUsed()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  test('mistakes: a scope without await using is told of once it is garbage, though its work goes on', async () => {
    const log = recorder()
    const finish: (() => void)[] = []
    const forget = (): PromiseLike<unknown> => {
      const s = lib.scope({ name: 'job', logger: log.logger })
      s.channel(1)
      s.onDispose(() => {})
      return s.task(() => new Promise<void>((resolve) => void finish.push(resolve)))
    }
    const bodies = Array.from({ length: watchedOneOf }, forget)
    await collected(() => log.lines.length > 0)
    assert.isNotEmpty(log.at('warn'))
    assert.match(log.lines[0]?.message ?? '', /job\] Scope is never disposed of: write await using/)
    for (const fn of finish) fn()
    await Promise.all(bodies)
  })

  test('mistakes: a scope that was disposed of, or is being, is never told of', async () => {
    const log = recorder()
    let others = 0
    const other = { ...log.logger, warn: () => void others++ }
    const end = async (): Promise<void> => {
      await using s = lib.scope({ logger: log.logger })
      await s.task(work)
      s.createChild()
    }
    for (let i = 0; i < watchedOneOf; i++) {
      await end()
      void lib.scope({ logger: log.logger })[Symbol.asyncDispose]()
    }
    for (let i = 0; i < watchedOneOf; i++) lib.scope({ logger: other })
    await collected(() => others > 0) // by then the engine has told of the rest
    assert.isAbove(others, 0)
    assert.deepEqual(log.lines, [])
  })
}
