/** A debounced function runs once for a burst and answers every call. */

import type { RunContext } from '../generic/index.js'
import { deferred, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function rateDebounce(kit: Kit): void {
  bursts(kit)
  latest(kit)
  endings(kit)
}

function bursts(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'debounce: one run 300 ms after the last call, whose Result all share', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const call = s.debounce(async (text: string) => runs.push(text))
    const answers = [call('a'), call('ab'), call('abc')]
    assert.isTrue(call.pending)
    assert.strictEqual(clock.pendingTimers, 1)
    await clock.advance(299)
    assert.deepEqual(runs, [])
    await clock.advance(1)
    assert.deepEqual(runs, ['abc'])
    assert.deepEqual(await Promise.all(answers), [
      [undefined, 1],
      [undefined, 1],
      [undefined, 1],
    ])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'debounce: both edges with one call run once, with more twice', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const call = lib.debounce(s, (text: string) => void runs.push(text), { wait: 10, leading: true })
    call('a')
    assert.deepEqual(runs, ['a'])
    await clock.advance(100)
    call('b')
    call('c')
    call('d')
    await clock.advance(100)
    assert.deepEqual(runs, ['a', 'b', 'd'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'debounce: maxWait bounds the wait, superseded: error answers older calls at once', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const call = s.debounce((text: string) => runs.push(text), { wait: 100, maxWait: 150, superseded: 'error' })
    const first = watch(call('a'))
    await clock.advance(90)
    const second = call('b')
    await clock.settle()
    assert.instanceOf(first.value?.[0], lib.SupersededError)
    assert.isTrue(lib.isCancelled(first.value?.[0]))
    await clock.advance(60)
    assert.deepEqual(runs, ['b'])
    assert.deepEqual(await second, [undefined, 1])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'debounce: errors arrive by identity; misuse is refused at the call', async (clock) => {
    const s = lib.scope()
    const thrown = new Error('bad')
    const call = s.debounce(() => Promise.reject(thrown), { wait: 0 })
    const answer = call()
    await clock.advance(0)
    assert.strictEqual((await answer)[0], thrown)
    assert.throws(() => s.debounce(() => 1, { leading: false, trailing: false }), TypeError)
    assert.throws(() => s.debounce(() => 1, { wait: -1 }), RangeError)
    await s[Symbol.asyncDispose]()
    assert.throws(() => s.debounce(() => 1), lib.ScopeDisposedError)
  })
}

function latest(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'debounce: with latest a new run aborts the older one, and no stale answer follows', async (clock) => {
    const s = lib.scope()
    const gates = [deferred(), deferred()]
    const signals: AbortSignal[] = []
    const answers: string[] = []
    const search = async (text: string, { signal }: RunContext): Promise<string> => {
      signals.push(signal)
      await gates[signals.length - 1]?.promise
      return text
    }
    const call = s.debounce(search, { wait: 10, latest: true })
    const ask = (text: string): void => {
      void call(text).then(([err, value]) => answers.push(err === undefined ? value : err.name))
    }
    ask('old')
    await clock.advance(10)
    ask('new')
    await clock.advance(10)
    assert.deepEqual(answers, ['SupersededError'])
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    )
    gates[1]?.resolve()
    gates[0]?.resolve()
    await clock.settle()
    assert.deepEqual(answers, ['SupersededError', 'new'])
    await s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'debounce: cancel and flush answer those who wait', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const call = s.debounce((text: string) => runs.push(text))
    const a = call('a')
    assert.deepEqual(await call.flush(), [undefined, 1])
    assert.deepEqual(await a, [undefined, 1])
    const b = call('b')
    call.cancel()
    assert.instanceOf((await b)[0], lib.AbortError)
    assert.isFalse(call.pending)
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'debounce: the end of the scope answers everybody at once and waits for the body', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const call = s.debounce(() => gate.promise, { wait: 10 })
    const running = watch(call())
    await clock.advance(10)
    const waiting = watch(call())
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.strictEqual(running.value?.[0], s.reason)
    assert.strictEqual(waiting.value?.[0], s.reason)
    assert.isFalse(done.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(done.settled)
    assert.strictEqual((await call())[0], s.reason)
    assert.strictEqual(clock.pendingTimers, 0)
  })
}
