/** throttle: one run in an interval, an answer for every call, nothing left behind. */
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { AbortError, isCancelled, ScopeDisposedError } from '../src/base/errors.js'
import { SupersededError, ThrottledError } from '../src/rate/errors.js'
import type { RunContext } from '../src/rate/run.js'
import { throttle } from '../src/rate/throttle.js'
import { sequencer, type VirtualClock, virtualTime } from '../src/testing/index.js'
import { microtasks, Owner, Page, watch } from './lifetime-stub.js'

let clock: VirtualClock
let owner: Owner
let runs: string[]

beforeEach(() => {
  clock = virtualTime()
  onTestFinished(() => clock.restore())
  owner = new Owner()
  runs = []
})

afterEach(async () => {
  expect(clock.pendingTimers).toBe(0)
  expect(owner.entries).toBe(0)
  expect(await owner.dispose()).toEqual([])
})

const echo = async (text: string): Promise<string> => {
  runs.push(`${text} at ${clock.now}`)
  return text.toUpperCase()
}

test('runs the first call at once and refuses the rest of the interval, which is no cancellation', async () => {
  const call = throttle(owner, echo)
  expect(await call('a')).toEqual([undefined, 'A'])
  expect(clock.pendingTimers).toBe(0)
  await clock.advance(100)
  const [err] = await call('b')
  expect(err).toBeInstanceOf(ThrottledError)
  expect(err).toMatchObject({ retryAfter: 200, message: 'Throttled: retry in 200ms' })
  expect(isCancelled(err)).toBe(false)
  await clock.advance(200)
  expect(await call('c')).toEqual([undefined, 'C'])
  expect(runs).toEqual(['a at 0', 'c at 300'])
})

test('spacing is from start to start, however long a run takes', async () => {
  const gate = sequencer().gate('run')
  const run = (text: string): Promise<void> => {
    runs.push(text)
    return gate.wait
  }
  const call = throttle(owner, run, { interval: 100 })
  void call('a')
  await clock.advance(100)
  void call('b')
  expect(runs).toEqual(['a', 'b'])
  gate.open()
  await microtasks()
})

test('trailing: the calls of an interval share one run of the last arguments', async () => {
  const call = throttle(owner, echo, { trailing: true })
  const a = call('a')
  const b = call('b')
  await clock.advance(100)
  const c = call('c')
  expect(call.pending).toBe(true)
  expect(clock.pendingTimers).toBe(1)
  await clock.advance(200)
  expect(runs).toEqual(['a at 0', 'c at 300'])
  expect([await a, await b, await c]).toEqual([
    [undefined, 'A'],
    [undefined, 'C'],
    [undefined, 'C'],
  ])
  const d = call('d')
  await clock.advance(300)
  expect(await d).toEqual([undefined, 'D'])
  expect(runs[2]).toBe('d at 600')
  await clock.advance(10_000)
  expect(runs.length).toBe(3)
})

test('trailing alone runs at the end of the interval that its first call opens', async () => {
  const call = throttle(owner, echo, { leading: false, trailing: true, interval: 100 })
  const a = call('a')
  await clock.advance(50)
  void call('b')
  await clock.advance(50)
  expect(await a).toEqual([undefined, 'B'])
  await clock.advance(10)
  void call('c')
  await clock.advance(90)
  expect(runs).toEqual(['b at 100', 'c at 200'])
})

test('latest aborts the older run still in flight', async () => {
  const order = sequencer()
  const call = throttle(
    owner,
    (text: string, { signal }: RunContext) => order.gate(text).wait.then(() => `${text} ${signal.aborted}`),
    { interval: 10, latest: true },
  )
  const a = call('a')
  await clock.advance(10)
  const b = call('b')
  expect((await a)[0]).toBeInstanceOf(SupersededError)
  order.gate('a').open()
  order.gate('b').open()
  expect(await b).toEqual([undefined, 'b false'])
  await microtasks()
})

test('flush runs what waits now and begins an interval; cancel answers it', async () => {
  const call = throttle(owner, echo, { trailing: true })
  void call('a')
  const b = call('b')
  await clock.advance(100)
  expect(await call.flush()).toEqual([undefined, 'B'])
  expect(await b).toEqual([undefined, 'B'])
  expect(await call.flush()).toBe(undefined)
  const c = call('c')
  call.cancel()
  expect((await c)[0]).toBeInstanceOf(AbortError)
  expect(clock.pendingTimers).toBe(0)
  await clock.advance(300)
  void call('d')
  expect(runs).toEqual(['a at 0', 'b at 100', 'd at 400'])
  await microtasks()
})

test('a page that becomes hidden flushes, if asked to', async () => {
  const page = new Page()
  const own = new Owner(page)
  const call = throttle(own, echo, { trailing: true, whenHidden: 'flush' })
  void call('a')
  void call('b')
  page.hide()
  expect(runs).toEqual(['a at 0', 'b at 0'])
  await microtasks()
  expect([page.listeners, own.entries, clock.pendingTimers]).toEqual([0, 0, 0])
})

test('the end of the owner answers everybody at once with its reason', async () => {
  const gate = sequencer().gate('run')
  const call = throttle(owner, () => gate.wait, { trailing: true })
  const running = watch(call())
  const waiting = watch(call())
  const reason = new Error('enough')
  owner.cancel(reason)
  await microtasks()
  expect([running.value, waiting.value]).toEqual([
    [reason, undefined],
    [reason, undefined],
  ])
  expect(clock.pendingTimers).toBe(0)
  expect(await call()).toEqual([reason, undefined])
  gate.open()
  await microtasks()
})

test('misuse is refused at the call', async () => {
  expect(() => throttle(owner, echo, { leading: false })).toThrow(TypeError)
  expect(() => throttle(owner, echo, { interval: -1 })).toThrow(RangeError)
  expect(() => throttle(owner, undefined as never)).toThrow(TypeError)
  expect(() => throttle(owner, echo, 5 as never)).toThrow(TypeError)
  await owner.dispose()
  expect(() => throttle(owner, echo)).toThrow(ScopeDisposedError)
})
