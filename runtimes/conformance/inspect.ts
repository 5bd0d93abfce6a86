/** An inspector shows what lives in a scope and what became of its tasks, and leaves no trace of itself. */

import type { Scope } from '../generic/index.js'
import type { InspectedTask, Inspection } from '../inspector/index.js'
import { aborted, deferred, sleep, thrownBy, timed } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope } from './policy-fixtures.js'

export function inspectSuite(kit: Kit): void {
  tasks(kit)
  scopes(kit)
  channelsAndBreakers(kit)
  notifications(kit)
  attaching(kit)
}

/** The task of this name. */
function taskOf(inspection: Inspection, name: string): InspectedTask {
  const found = inspection.tasks.find((task) => task.name === name)
  if (found === undefined) throw new Error(`no task ${name} in ${JSON.stringify(inspection.tasks)}`)
  return found
}

function tasks(kit: Kit): void {
  const { inspector } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(
    kit,
    'a task is shown queued, running and succeeded, with its times',
    { concurrency: 1 },
    async (s, clock) => {
      using view = inspector.inspect(s)
      const from = view.snapshot().at
      s.task(() => sleep(10), { id: 'first' })
      const second = s.task(() => sleep(20), { id: 'second' })
      assert.strictEqual(taskOf(view.snapshot(), 'first').status, 'running')
      assert.strictEqual(taskOf(view.snapshot(), 'second').status, 'queued')
      assert.strictEqual(view.snapshot().scope.active, 2)
      await clock.advance(15)
      assert.strictEqual(taskOf(view.snapshot(), 'first').status, 'succeeded')
      assert.strictEqual(taskOf(view.snapshot(), 'second').status, 'running')
      await clock.advance(20)
      await second
      const { status, attempt, queuedAt, startedAt, settledAt, index, scope, reason } = taskOf(
        view.snapshot(),
        'second',
      )
      assert.deepEqual(
        { status, attempt, queuedAt, startedAt, settledAt, index, scope, reason },
        {
          status: 'succeeded',
          attempt: 1,
          queuedAt: from,
          startedAt: from + 10,
          settledAt: from + 30,
          index: 2,
          scope: view.snapshot().scope.id,
          reason: undefined,
        },
      )
    },
  )

  inScope(
    kit,
    'failures and cancellations have their reasons, and bodies that go on are seen',
    {},
    async (s, clock) => {
      using view = inspector.inspect(s)
      s.task(() => Promise.reject(new TypeError('no good')), { id: 'failing' }).then(() => {})
      const gate = deferred()
      const stubborn = s.task(() => gate.promise, { id: 'stubborn' })
      s.task(({ signal }) => aborted(signal), { id: 'slow', timeout: 5 }).then(() => {})
      await clock.advance(1)
      stubborn.cancel(new Error('not wanted'))
      await clock.advance(10)
      const seen = view.snapshot()
      const brief = ({ status, reason, lingers }: InspectedTask) => [status, reason, lingers]
      assert.deepEqual(brief(taskOf(seen, 'failing')), ['failed', 'TypeError: no good', false])
      assert.deepEqual(brief(taskOf(seen, 'stubborn')), ['cancelled', 'Error: not wanted', true])
      assert.strictEqual(taskOf(seen, 'slow').status, 'failed')
      assert.match(taskOf(seen, 'slow').reason ?? '', /^TimeoutError: .*5ms/)
      assert.strictEqual(seen.scope.active, 1)
      gate.resolve()
      await clock.settle()
      assert.isFalse(taskOf(view.snapshot(), 'stubborn').lingers)
      assert.strictEqual(view.snapshot().scope.active, 0)
    },
  )

  inScope(kit, 'cancelled tasks that nobody awaits, and that have no options, are shown too', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    const child = s.createChild()
    child.task(({ signal }) => aborted(signal))
    child.task(() => sleep(50))
    child.cancel(new Error('left'))
    await clock.settle()
    assert.deepEqual(
      view.snapshot().tasks.map(({ status, reason, lingers }) => [status, reason, lingers]),
      [
        ['cancelled', 'Error: left', false],
        ['cancelled', 'Error: left', true],
      ],
    )
    await clock.advance(50)
    assert.isFalse(view.snapshot().tasks.some(({ lingers }) => lingers))
  })

  inScope(kit, 'retries are shown with attempt, delay and error', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    let runs = 0
    const body = () => (++runs < 3 ? Promise.reject(new Error(`try ${runs}`)) : sleep(5))
    const task = s.task(body, { id: 'again', retry: { max: 5, delay: 100 } })
    await clock.advance(50)
    assert.strictEqual(taskOf(view.snapshot(), 'again').status, 'retrying')
    await clock.advance(152)
    assert.strictEqual(taskOf(view.snapshot(), 'again').status, 'running')
    await clock.advance(50)
    await task
    const { status, attempt, retries } = taskOf(view.snapshot(), 'again')
    assert.deepEqual([status, attempt], ['succeeded', 3])
    assert.deepEqual(
      retries.map(({ attempt: failed, delay, reason }) => [failed, delay, reason]),
      [
        [1, 100, 'Error: try 1'],
        [2, 100, 'Error: try 2'],
      ],
    )
    assert.strictEqual((retries[1]?.at ?? 0) - (retries[0]?.at ?? 0), 100)
  })

  inScope(
    kit,
    'who shares a run, is answered by a memo, or starts on another permit is shown',
    {},
    async (s, clock) => {
      using view = inspector.inspect(s)
      const memo = { key: 'k', ttl: 1_000 }
      const first = s.task(() => sleep(10), { id: 'runs', memo })
      const second = s.task(() => sleep(10), { id: 'shares', memo })
      await clock.advance(20)
      await Promise.all([first, second])
      await s.task(() => 1, { id: 'known', memo })
      await s.task((context) => void context.task(() => 1, { id: 'inner' }), { id: 'outer' })
      const seen = view.snapshot()
      assert.strictEqual(taskOf(seen, 'runs').attempt, 1)
      for (const name of ['shares', 'known']) {
        const { status, attempt, startedAt } = taskOf(seen, name)
        assert.deepEqual([status, attempt, startedAt], ['succeeded', 0, undefined])
      }
      assert.strictEqual(taskOf(seen, 'inner').spawnedBy, 'outer')
    },
  )

  inScope(kit, 'a task of an aborted scope is shown as cancelled, and has never been queued long', {}, async (s) => {
    using view = inspector.inspect(s)
    s.cancel(new Error('over'))
    await s.task(() => 1, { id: 'late' })
    const { status, reason, startedAt, lingers } = taskOf(view.snapshot(), 'late')
    assert.deepEqual([status, reason, startedAt, lingers], ['cancelled', 'Error: over', undefined, false])
  })

  inScope(kit, 'so many tasks are kept: what has settled first goes first, what lives stays', {}, async (s, clock) => {
    using view = inspector.inspect(s, { tasks: 10 })
    const gate = deferred()
    s.task(() => gate.promise, { id: 'old' })
    for (let i = 1; i <= 100; i++) await s.task(() => i, { id: `t${i}` })
    const { tasks: kept, forgotten } = view.snapshot()
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['old', ...Array.from({ length: 9 }, (_, i) => `t${92 + i}`)],
    )
    assert.strictEqual(forgotten, 91)
    gate.resolve()
    await clock.settle()
  })

  inScope(
    kit,
    'when all that is kept lives, a new task is shown when its body starts',
    { concurrency: 1 },
    async (s, clock) => {
      using view = inspector.inspect(s, { tasks: 2 })
      for (let i = 1; i <= 4; i++) s.task(() => sleep(10), { id: `t${i}` })
      const names = () => view.snapshot().tasks.map(({ name, status }) => `${name} ${status}`)
      assert.deepEqual(names(), ['t1 running', 't2 queued'])
      assert.strictEqual(view.snapshot().forgotten, 2)
      await clock.advance(25)
      assert.deepEqual(names(), ['t2 succeeded', 't3 running'])
      assert.strictEqual(view.snapshot().forgotten, 2)
      await clock.advance(25)
      assert.deepEqual(names(), ['t3 succeeded', 't4 succeeded'])
    },
  )
}

function scopes(kit: Kit): void {
  const { inspector } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'children come and go, with state and reason', { name: 'root' }, async (s, clock) => {
    using view = inspector.inspect(s)
    const child = s.createChild({ name: 'child', concurrency: 3 })
    const inner = child.createChild({ name: 'inner' })
    const gate = deferred()
    inner.task(() => gate.promise)
    const tree = () => JSON.parse(JSON.stringify(view.snapshot().scope)) as Inspection['scope']
    assert.strictEqual(tree().name, 'root')
    assert.strictEqual(tree().children[0]?.concurrency, 3)
    assert.strictEqual(tree().children[0]?.children[0]?.name, 'inner')
    child.cancel(new Error('enough'))
    assert.deepInclude(tree().children[0], { state: 'aborted', reason: 'Error: enough' })
    assert.strictEqual(tree().children[0]?.children[0]?.state, 'aborted')
    const ended = child[Symbol.asyncDispose]()
    assert.strictEqual(tree().children[0]?.state, 'disposing')
    gate.resolve()
    await clock.settle()
    await ended
    assert.deepEqual(tree().children, [])
    assert.strictEqual(tree().state, 'live')
  })

  timed(kit, 'the inspected scope itself is shown to its end', async (clock) => {
    const s = kit.lib.scope({ name: 'root' })
    using view = inspector.inspect(s)
    await end(s, clock)
    assert.strictEqual(view.snapshot().scope.state, 'disposed')
    assert.match(view.snapshot().scope.reason ?? '', /disposed/)
  })

  inScope(kit, 'a child made below an aborted scope is shown as aborted', {}, (s) => {
    using view = inspector.inspect(s)
    s.cancel(new Error('over'))
    s.createChild()
    assert.strictEqual(view.snapshot().scope.children[0]?.state, 'aborted')
  })
}

function channelsAndBreakers(kit: Kit): void {
  const { inspector } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'channels are shown with depth, who waits, and their end', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    const jobs = s.channel<number>(2, { backpressure: 'block' })
    const news = s.broadcast<string>()
    const channels = () => view.snapshot().scope.channels
    assert.deepEqual(
      channels().map(({ kind, state, size, capacity }) => [kind, state, size, capacity]),
      [
        ['channel', 'open', 0, 2],
        ['broadcast', 'open', 0, null],
      ],
    )
    for (let i = 0; i < 3; i++) void jobs.send(i)
    const subscription = news.subscribe()
    void news.send('a')
    assert.deepInclude(channels()[0], { size: 2, waiting: 'senders', strategy: 'block' })
    assert.deepInclude(channels()[1], { size: 1, subscribers: 1 })
    for (let i = 0; i < 3; i++) await jobs.receive()
    const waiting = jobs.receive()
    assert.deepInclude(channels()[0], { size: 0, waiting: 'receivers' })
    jobs.close()
    news.close()
    await waiting
    await subscription.return()
    await clock.settle()
    assert.deepEqual(
      channels().map(({ state }) => state),
      ['closed', 'closed'],
    )
  })

  inScope(kit, 'a channel that was there before is shown once somebody waits at it', {}, async (s) => {
    const early = s.channel<number>(1)
    using view = inspector.inspect(s)
    assert.deepEqual(view.snapshot().scope.channels, [])
    const waiting = early.receive()
    assert.deepInclude(view.snapshot().scope.channels[0], { waiting: 'receivers', capacity: 1 })
    await early.send(1)
    await waiting
  })

  inScope(
    kit,
    "the scope's breaker and those of tasks are shown, with every state",
    { circuitBreaker: { failureThreshold: 1, resetTimeout: 100 } },
    async (s, clock) => {
      using view = inspector.inspect(s)
      const breakers = () => view.snapshot().scope.breakers.map(({ name, state }) => `${name} ${state}`)
      assert.deepEqual(breakers(), ['circuit breaker closed'])
      await s.task(() => Promise.reject(new Error('down')))
      assert.deepEqual(breakers(), ['circuit breaker open'])
      assert.strictEqual(view.snapshot().scope.breakers[0]?.changedAt, view.snapshot().at)
      await clock.advance(100)
      const gate = deferred()
      const probe = s.task(() => gate.promise)
      assert.deepEqual(breakers(), ['circuit breaker half-open'])
      gate.resolve()
      await probe
      assert.deepEqual(breakers(), ['circuit breaker closed'])
      await s.task(() => 1, { circuitBreaker: { key: 'mail' } })
      await s.task(() => 1, { id: 'pay', circuitBreaker: {} })
      assert.deepEqual(breakers().slice(1), ['mail closed', 'pay closed'])
      assert.deepInclude(view.snapshot().scope.breakers[0], { failureThreshold: 1, resetTimeout: 100, failures: 0 })
    },
  )
}

function notifications(kit: Kit): void {
  const { lib, inspector } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'many changes make one notification, and none make none', {}, async (s, clock) => {
    using view = inspector.inspect(s, { interval: 50 })
    const seen: Inspection[] = []
    const undo = view.subscribe((inspection) => seen.push(inspection))
    for (let i = 0; i < 100; i++) await s.task(() => i)
    assert.lengthOf(seen, 0)
    await clock.advance(50)
    assert.lengthOf(seen, 1)
    assert.lengthOf(seen[0]?.tasks ?? [], 100)
    await clock.advance(1_000)
    assert.lengthOf(seen, 1)
    await s.task(() => 1)
    undo()
    await clock.advance(1_000)
    assert.lengthOf(seen, 1)
  })

  inScope(kit, 'every kind of change is told of', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    let told = 0
    view.subscribe(() => told++)
    const child = s.createChild()
    const circuit = lib.circuitBreaker({ failureThreshold: 1, resetTimeout: 1_000 })
    const gate = deferred()
    const jobs = s.channel<number>(1)
    const news = s.broadcast<number>()
    const fails = () => Promise.reject(new Error('no'))
    const steps: Readonly<Record<string, () => unknown>> = {
      'a scope opens': () => child.createChild(),
      'scopes abort': () => child.cancel(),
      'scopes end': () => child[Symbol.asyncDispose](),
      'a channel opens': () => s.channel(),
      'somebody waits for a value': () => void jobs.receive().then(() => {}),
      'a channel closes': () => jobs.close(),
      'a broadcast opens': () => s.broadcast(),
      'a broadcast closes': () => news.close(),
      'a task starts': () => void s.task(() => gate.promise, { id: 'long' }).then(() => {}),
      'a task settles': () => gate.resolve(),
      'a breaker is used': () => s.task(() => 1, { circuitBreaker: circuit }),
      'an attempt fails': () => void s.task(fails, { retry: { max: 1, delay: 10_000 } }).then(() => {}),
    }
    await clock.advance(100)
    for (const [what, step] of Object.entries(steps)) {
      const before = told
      await step()
      await clock.advance(20)
      assert.strictEqual(told, before + 1, what)
    }
    await s.task(fails, { circuitBreaker: circuit })
    assert.strictEqual(view.snapshot().scope.breakers[0]?.changedAt, view.snapshot().at)
  })

  inScope(kit, 'while paused nothing moves, and nothing is lost', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    const seen: Inspection[] = []
    view.subscribe((inspection) => seen.push(inspection))
    await s.task(() => 1, { id: 'before' })
    view.pause()
    await s.task(() => 1, { id: 'meanwhile' })
    await clock.advance(100)
    assert.lengthOf(seen, 0)
    assert.isTrue(view.snapshot().paused)
    assert.deepEqual(
      view.snapshot().tasks.map(({ name }) => name),
      ['before'],
    )
    view.resume()
    await clock.advance(100)
    assert.lengthOf(seen, 1)
    assert.isFalse(seen[0]?.paused)
    assert.strictEqual(seen[0]?.tasks.at(-1)?.name, 'meanwhile')
  })

  inScope(kit, 'a subscriber that throws is reported and changes nothing', {}, async (s, clock, log) => {
    using view = inspector.inspect(s)
    let heard = 0
    const error = new Error('my fault')
    view.subscribe(() => {
      throw error
    })
    view.subscribe(() => heard++)
    const [, value] = await s.task(() => 7)
    await clock.advance(100)
    assert.deepEqual([value, heard], [7, 1])
    assert.deepEqual(
      log.at('error').map(({ args }) => args[0]),
      [error],
    )
  })

  inScope(kit, 'what was handed out does not change', {}, async (s, clock) => {
    using view = inspector.inspect(s)
    const gate = deferred()
    s.task(() => gate.promise, { id: 'one' })
    const before = view.snapshot()
    const copy = JSON.stringify(before)
    gate.resolve()
    await clock.settle()
    assert.strictEqual(JSON.stringify(before), copy)
    assert.strictEqual(taskOf(view.snapshot(), 'one').status, 'succeeded')
    assert.deepEqual(JSON.parse(JSON.stringify(view.snapshot())), view.snapshot())
  })
}

function attaching(kit: Kit): void {
  const { lib, inspector, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'one that comes late sees what lives, everywhere below', { concurrency: 1 }, async (s, clock) => {
    const child = s.createChild({ name: 'child', circuitBreaker: {} })
    const gate = deferred()
    let runs = 0
    s.task(() => gate.promise, { id: 'running' })
    s.task(() => 1, { id: 'queued' })
    child.task(() => (++runs < 2 ? Promise.reject(new Error('no')) : gate.promise), {
      id: 'second try',
      retry: { max: 1, delay: 1 },
    })
    child.task(() => gate.promise, { id: 'lingering' }).cancel()
    await clock.advance(10)
    using view = inspector.inspect(s)
    const seen = view.snapshot()
    const brief = (name: string) => {
      const { status, attempt, lingers } = taskOf(seen, name)
      return [status, attempt, lingers]
    }
    assert.deepEqual(brief('running'), ['running', 1, false])
    assert.deepEqual(brief('queued'), ['queued', 0, false])
    assert.deepEqual(brief('second try'), ['running', 2, false])
    assert.deepEqual(brief('lingering'), ['cancelled', 1, true])
    assert.strictEqual(seen.at - (taskOf(seen, 'running').startedAt ?? 0), 10)
    assert.strictEqual(seen.scope.children[0]?.breakers[0]?.state, 'closed')
    gate.resolve()
    await clock.settle()
    assert.isTrue(view.snapshot().tasks.every(({ lingers, settledAt }) => !lingers && settledAt !== undefined))
  })

  inScope(kit, 'it sees nothing of its scope’s parent, and two see the same', { name: 'root' }, async (s, clock) => {
    const child = s.createChild({ name: 'child' })
    const all = inspector.inspect(s)
    const below = inspector.inspect(child)
    const names = (view: { snapshot(): Inspection }) => view.snapshot().tasks.map(({ name }) => name)
    await s.task(() => 1, { id: 'above' })
    await child.createChild().task(() => 1, { id: 'below' })
    assert.deepEqual(names(all), ['above', 'below'])
    assert.deepEqual(names(below), ['below'])
    all[Symbol.dispose]()
    await child.task(() => 1, { id: 'later' })
    assert.deepEqual(names(all), ['above', 'below'])
    assert.deepEqual(names(below), ['below', 'later'])
    below[Symbol.dispose]()
    await end(child, clock)
  })

  inScope(kit, 'nothing is left of it, however it ends', {}, async (s, clock) => {
    const child = s.createChild()
    const view = inspector.inspect(s)
    view.subscribe(() => {})
    const inner = child.createChild()
    assert.isTrue([s, child, inner].every(isWatched))
    await child.task(() => 1)
    assert.strictEqual(clock.pendingTimers, 1)
    view[Symbol.dispose]()
    view[Symbol.dispose]()
    assert.strictEqual(clock.pendingTimers, 0)
    assert.isFalse([s, child, inner, s.createChild()].some(isWatched))
    const again = inspector.inspect(child)
    await end(child, clock)
    assert.isFalse([s, child, inner].some(isWatched), 'a scope that has ended')
    assert.strictEqual(again.snapshot().scope.state, 'disposed')
    again[Symbol.dispose]()
  })

  inScope(kit, 'after its end it keeps what it has seen, and tells nobody', {}, async (s, clock) => {
    const view = inspector.inspect(s)
    let heard = 0
    view.subscribe(() => heard++)
    await s.task(() => 1, { id: 'seen' })
    view[Symbol.dispose]()
    await s.task(() => 1, { id: 'unseen' })
    view.resume()
    view.subscribe(() => heard++)
    await clock.advance(100)
    assert.strictEqual(heard, 0)
    assert.deepEqual(
      view.snapshot().tasks.map(({ name }) => name),
      ['seen'],
    )
  })

  test('arguments that make no sense are refused', async () => {
    const s = lib.scope()
    const refused = (fn: () => unknown): string => String(thrownBy(fn))
    assert.match(
      refused(() => inspector.inspect({} as Scope)),
      /TypeError: Cannot inspect: scope must be a scope/,
    )
    assert.match(
      refused(() => inspector.inspect(s, { tasks: 0 })),
      /RangeError: Cannot inspect: tasks/,
    )
    assert.match(
      refused(() => inspector.inspect(s, { interval: -1 })),
      /RangeError: Cannot inspect: interval/,
    )
    assert.match(
      refused(() => inspector.inspect(s, null as never)),
      /TypeError: Cannot inspect: options/,
    )
    assert.match(
      refused(() => inspector.inspect(s).subscribe(1 as never)),
      /TypeError: Cannot subscribe: fn/,
    )
    await s[Symbol.asyncDispose]()
  })

  const { heapUsed } = kit.env
  if (heapUsed !== undefined) {
    test('watching 10 000 tasks and as many scopes and channels keeps the last ones only', async () => {
      const s = lib.scope()
      using view = inspector.inspect(s, { tasks: 100 })
      const run = async (count: number): Promise<number> => {
        for (let i = 0; i < count; i++) {
          await s.task(() => i)
          s.channel<number>(1).trySend(i)
          await s.createChild()[Symbol.asyncDispose]()
        }
        await new Promise<void>((resolve) => setTimeout(resolve, 0))
        return heapUsed()
      }
      const before = await run(1_000)
      const after = await run(10_000)
      assert.isBelow(after - before, 1_000_000)
      assert.lengthOf(view.snapshot().tasks, 100)
      await s[Symbol.asyncDispose]()
    })
  }
}

/** What a scope carries while it is watched: the one thing that an inspector leaves in it. */
function isWatched(scope: Scope): boolean {
  return (scope as unknown as { readonly probe: unknown }).probe !== undefined
}
