/** debounce: one run for a burst, an answer for every call, nothing left behind. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { AbortError, isCancelled, ScopeDisposedError, UnknownError } from '../src/base/errors.js'
import { debounce } from '../src/rate/debounce.js'
import { SupersededError } from '../src/rate/errors.js'
import type { RunContext } from '../src/rate/run.js'
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

describe('a burst', () => {
  test('runs once, 300 ms after its last call, with the last arguments, and shares the Result', async () => {
    const call = debounce(owner, echo)
    const a = call('a')
    await clock.advance(200)
    const b = call('ab')
    await clock.advance(299)
    expect(runs).toEqual([])
    expect(call.pending).toBe(true)
    await clock.advance(1)
    expect(runs).toEqual(['ab at 500'])
    expect(await a).toEqual([undefined, 'AB'])
    expect(await b).toBe(await a)
    expect(call.pending).toBe(false)
  })

  test('arms one timer, however many calls', async () => {
    const call = debounce(owner, echo, { wait: 100 })
    for (let at = 0; at < 50; at++) {
      void call(`${at}`)
      expect(clock.pendingTimers).toBe(1)
      await clock.advance(10)
    }
    await clock.advance(100)
    expect(runs).toEqual(['49 at 590'])
  })

  test('calls that await one another are bursts of their own', async () => {
    const call = debounce(owner, echo, { wait: 10 })
    const first = call('a')
    await clock.advance(10)
    await first
    const second = call('b')
    await clock.advance(10)
    expect([await first, await second]).toEqual([
      [undefined, 'A'],
      [undefined, 'B'],
    ])
  })

  test('superseded: error answers the older calls at once', async () => {
    const call = debounce(owner, echo, { superseded: 'error' })
    const a = watch(call('a'))
    const b = call('b')
    await microtasks()
    const [err] = a.value ?? []
    expect(err).toBeInstanceOf(SupersededError)
    expect(isCancelled(err)).toBe(true)
    await clock.advance(300)
    expect(await b).toEqual([undefined, 'B'])
    expect(runs.length).toBe(1)
  })

  test('maxWait bounds the wait of the first call', async () => {
    const call = debounce(owner, echo, { wait: 100, maxWait: 250 })
    for (let at = 0; at < 10; at++) {
      void call(`${at}`)
      await clock.advance(50)
    }
    await clock.advance(100)
    expect(runs).toEqual(['4 at 250', '9 at 500'])
  })

  test('wait 0 is the next macrotask', async () => {
    const call = debounce(owner, echo, { wait: 0 })
    void call('a')
    await microtasks()
    expect(runs).toEqual([])
    await clock.advance(0)
    expect(runs).toEqual(['a at 0'])
  })

  test('errors arrive by identity, all else as UnknownError; synchronous functions are fine', async () => {
    const thrown = new TypeError('bad')
    const fails = debounce(owner, (value: unknown) => {
      throw value
    })
    const a = fails(thrown)
    await clock.advance(300)
    expect(await a).toEqual([thrown, undefined])
    const b = fails(undefined)
    await clock.advance(300)
    expect((await b)[0]).toBeInstanceOf(UnknownError)
    const adds = debounce(owner, (x: number, y: number) => x + y)
    const c = adds(1, 2)
    await clock.advance(300)
    expect(await c).toEqual([undefined, 3])
  })
})

describe('edges', () => {
  test('leading runs at once and answers the rest of the burst with that run', async () => {
    const call = debounce(owner, echo, { leading: true, trailing: false })
    const a = call('a')
    expect(runs).toEqual(['a at 0'])
    await clock.advance(200)
    const b = call('b')
    expect(clock.pendingTimers).toBe(0)
    await clock.advance(299)
    const c = call('c')
    expect([await a, await b, await c]).toEqual(Array(3).fill([undefined, 'A']))
    await clock.advance(300)
    void call('d')
    expect(runs).toEqual(['a at 0', 'd at 799'])
  })

  test('leading alone with superseded: error refuses the rest at once', async () => {
    const call = debounce(owner, echo, { leading: true, trailing: false, superseded: 'error' })
    expect(await call('a')).toEqual([undefined, 'A'])
    expect((await call('b'))[0]).toBeInstanceOf(SupersededError)
  })

  test('both edges with one call run once, with more twice', async () => {
    const call = debounce(owner, echo, { leading: true })
    void call('a')
    await clock.advance(1_000)
    expect(runs).toEqual(['a at 0'])
    const b = call('b')
    const c = call('c')
    const d = call('d')
    await clock.advance(300)
    expect(runs.slice(1)).toEqual(['b at 1000', 'd at 1300'])
    expect([await b, await c, await d]).toEqual([
      [undefined, 'B'],
      [undefined, 'D'],
      [undefined, 'D'],
    ])
  })

  test('a burst cut short by maxWait has no second leading edge', async () => {
    const call = debounce(owner, echo, { leading: true, wait: 100, maxWait: 150 })
    for (let at = 0; at < 6; at++) {
      void call(`${at}`)
      await clock.advance(50)
    }
    await clock.advance(200)
    expect(runs).toEqual(['0 at 0', '3 at 200', '5 at 350'])
  })

  test('a function that calls itself begins a further call', async () => {
    const call = debounce(
      owner,
      async (depth: number): Promise<void> => {
        runs.push(`${depth}`)
        if (depth < 2) void call(depth + 1)
      },
      { leading: true },
    )
    void call(0)
    expect(runs).toEqual(['0'])
    await clock.advance(900)
    expect(runs).toEqual(['0', '1', '2'])
  })
})

describe('latest', () => {
  test('a new run aborts the older one, whose callers are answered at once; no stale answer follows', async () => {
    const order = sequencer()
    const signals: AbortSignal[] = []
    const answers: string[] = []
    const search = debounce(
      owner,
      async (text: string, { signal }: RunContext) => {
        signals.push(signal)
        await order.gate(text).wait
        return text
      },
      { wait: 10, latest: true },
    )
    const ask = (text: string): void => {
      void search(text).then(([err, value]) => answers.push(err === undefined ? value : `${text}: ${err.name}`))
    }
    ask('old')
    await clock.advance(10)
    ask('new')
    await clock.advance(10)
    expect(answers).toEqual(['old: SupersededError'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(isCancelled(signals[0]?.reason)).toBe(true)
    order.gate('new').open()
    await microtasks()
    order.gate('old').open()
    await microtasks()
    expect(answers).toEqual(['old: SupersededError', 'new'])
  })

  test('without it runs overlap, and each answers its own callers', async () => {
    const order = sequencer()
    const call = debounce(owner, (text: string) => order.gate(text).wait.then(() => text), { wait: 10 })
    const a = watch(call('a'))
    await clock.advance(10)
    const b = watch(call('b'))
    await clock.advance(10)
    order.gate('b').open()
    await microtasks()
    expect([a.settled, b.value]).toEqual([false, [undefined, 'b']])
    order.gate('a').open()
    await microtasks()
    expect(a.value).toEqual([undefined, 'a'])
  })
})

describe('control', () => {
  test('flush runs what waits now', async () => {
    const call = debounce(owner, echo)
    const a = call('a')
    expect(await call.flush()).toEqual([undefined, 'A'])
    expect(await a).toEqual([undefined, 'A'])
    expect(clock.pendingTimers).toBe(0)
    expect(await call.flush()).toBe(undefined)
    await clock.advance(1_000)
    expect(runs.length).toBe(1)
  })

  test('cancel answers what waits, with the reason by identity', async () => {
    const call = debounce(owner, echo)
    const a = call('a')
    call.cancel()
    const [err] = await a
    expect(err).toBeInstanceOf(AbortError)
    const reason = new Error('left the page')
    const b = call('b')
    call.cancel(reason)
    expect((await b)[0]).toBe(reason)
    expect(isCancelled(reason)).toBe(true)
    await clock.advance(1_000)
    expect(runs).toEqual([])
  })

  test('cancel with latest aborts the run in flight too', async () => {
    let aborted: unknown
    const call = debounce(
      owner,
      (_: string, { signal }: RunContext) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve((aborted = signal.reason)))),
      { wait: 1, latest: true },
    )
    const a = call('a')
    await clock.advance(1)
    const reason = new Error('left')
    call.cancel(reason)
    expect(aborted).toBe(reason)
    expect((await a)[0]).toBe(reason)
    await microtasks()
  })

  test('a page that becomes hidden flushes, if asked to', async () => {
    const page = new Page()
    const own = new Owner(page)
    const call = debounce(own, echo, { whenHidden: 'flush' })
    page.hide()
    expect(page.listeners).toBe(0)
    const a = call('a')
    expect(page.listeners).toBe(1)
    page.hide()
    expect(runs).toEqual(['a at 0'])
    expect(await a).toEqual([undefined, 'A'])
    await microtasks()
    expect([page.listeners, own.entries, clock.pendingTimers]).toEqual([0, 0, 0])
  })
})

describe('the end of the owner', () => {
  test('answers everybody at once with its reason', async () => {
    const gate = sequencer().gate('run')
    const call = debounce(owner, () => gate.wait, { wait: 10 })
    const running = watch(call())
    await clock.advance(10)
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

  test('its disposal waits for a body, and says so when that takes too long', async () => {
    const order = sequencer()
    const ended = async (name: string): Promise<{ settled: boolean }> => {
      owner = new Owner()
      const call = debounce(owner, () => order.gate(name).wait, { wait: 1 })
      void call()
      await clock.advance(1)
      return watch(owner.dispose())
    }
    const first = await ended('first')
    await clock.advance(1_999)
    expect(first.settled).toBe(false)
    order.gate('first').open()
    await clock.settle()
    expect([first.settled, owner.reports]).toEqual([true, []])
    const second = await ended('second')
    await clock.advance(2_000)
    expect(second.settled).toBe(true)
    expect(owner.reports.map(({ where }) => where)).toEqual(['function of a debounce'])
    order.gate('second').open()
    await clock.settle()
  })

  test('a function that ends its own owner is answered too', async () => {
    const call = debounce(owner, () => void owner.cancel(new Error('by itself')), { leading: true })
    expect((await call())[0]?.message).toBe('by itself')
  })

  test('a disposed one is refused, and calls get its reason', async () => {
    const call = debounce(owner, echo)
    await owner.dispose()
    expect((await call('a'))[0]).toBeInstanceOf(AbortError)
    expect(() => debounce(owner, echo)).toThrow(ScopeDisposedError)
  })
})

test('misuse is refused at the call', () => {
  expect(() => debounce(owner, echo, { trailing: false })).toThrow(TypeError)
  expect(() => debounce(owner, echo, { wait: -1 })).toThrow(RangeError)
  expect(() => debounce(owner, echo, { maxWait: Number.NaN })).toThrow(RangeError)
  expect(() => debounce(owner, echo, { superseded: 'no' as never })).toThrow(RangeError)
  expect(() => debounce(owner, echo, { leading: 1 as never })).toThrow(TypeError)
  expect(() => debounce(owner, echo, { latest: 'yes' as never })).toThrow(TypeError)
  expect(() => debounce(owner, echo, { whenHidden: 'pause' as never })).toThrow(RangeError)
  expect(() => debounce(owner, 5 as never)).toThrow(TypeError)
  expect(() => debounce(owner, echo, null as never)).toThrow(TypeError)
})
