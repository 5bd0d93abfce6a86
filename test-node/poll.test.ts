/** poll: one turn at a time, its errors told, its value dropped once stopped, nothing left behind. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { isCancelled, ScopeDisposedError, UnknownError } from '../src/base/errors.js'
import { type PollController, poll } from '../src/rate/poll.js'
import { sequencer, trackSignal, type VirtualClock, virtualTime } from '../src/testing/index.js'
import { microtasks, Owner, Page, watch } from './lifetime-stub.js'

let clock: VirtualClock
let owner: Owner
let calls: number[]
let values: unknown[]

beforeEach(() => {
  clock = virtualTime()
  onTestFinished(() => clock.restore())
  owner = new Owner()
  calls = []
  values = []
})

afterEach(async () => {
  const ended = owner.dispose()
  await clock.advance(2_000)
  expect(await ended).toEqual([])
  expect(clock.pendingTimers).toBe(0)
  expect(owner.entries).toBe(0)
})

const mark = async (): Promise<number> => calls.push(clock.now)
const keep = (value: unknown): void => void values.push(value)

describe('turns', () => {
  test('starts at once, then 5 s after each turn', async () => {
    const controller = poll(owner, mark, keep)
    expect(calls).toEqual([0])
    await clock.advance(10_000)
    expect(calls).toEqual([0, 5_000, 10_000])
    expect(values).toEqual([1, 2, 3])
    expect(controller.status()).toEqual({
      running: true,
      pollCount: 3,
      timeUntilNext: 5_000,
      lastPollTime: 10_000,
      nextPollTime: 15_000,
    })
  })

  test('immediate: false waits one interval first', async () => {
    const controller = poll(owner, mark, keep, { immediate: false, interval: 100 })
    expect(controller.status()).toEqual({ running: true, pollCount: 0, timeUntilNext: 100, nextPollTime: 100 })
    await clock.advance(100)
    expect(calls).toEqual([100])
  })

  test('the interval counts from the end of the call and of its onValue', async () => {
    const order = sequencer()
    let at = 0
    poll(
      owner,
      async () => {
        await mark()
        await order.gate(`call ${at}`).wait
      },
      () => order.gate(`value ${at++}`).wait,
      { interval: 100 },
    )
    await clock.advance(1_000)
    order.gate('call 0').open()
    await clock.advance(1_000)
    order.gate('value 0').open()
    await clock.advance(99)
    expect(calls).toEqual([0])
    await clock.advance(1)
    expect(calls).toEqual([0, 2_100])
  })

  test('an interval of 0 still yields a macrotask', async () => {
    poll(owner, mark, keep, { interval: 0, until: (value) => value === 3 })
    await microtasks(100)
    expect(calls.length).toBe(1)
    await clock.advance(0)
    expect(calls).toEqual([0, 0, 0])
  })

  test('until stops after that value', async () => {
    const controller = poll(owner, mark, keep, { interval: 10, until: (value) => value === 3 })
    await clock.advance(1_000)
    expect(values).toEqual([1, 2, 3])
    expect(controller.status().running).toBe(false)
    expect([clock.pendingTimers, owner.entries]).toEqual([0, 0])
  })

  test('a synchronous function that stops the poll ends it', async () => {
    const controller: PollController = poll(owner, mark, () => controller.stop(), { interval: 10 })
    await clock.advance(1_000)
    expect(calls).toEqual([0])
  })
})

describe('errors', () => {
  test('are told to onError by identity, and polling goes on', async () => {
    const thrown = [new Error('one'), 'two']
    const told: [Error, number][] = []
    poll(owner, () => Promise.reject(thrown.shift()), keep, { interval: 10, onError: (...all) => told.push(all) })
    await clock.advance(15)
    expect(told[0]).toEqual([expect.objectContaining({ message: 'one' }), 1])
    expect(told[1]?.[0]).toBeInstanceOf(UnknownError)
    expect(told[1]?.[1]).toBe(2)
    expect(owner.reports).toEqual([])
  })

  test('are told to the logger without onError; so is what callbacks throw', async () => {
    const fail = (name: string) => () => {
      throw new Error(name)
    }
    let fails = true
    poll(owner, () => (fails ? fail('fn')() : 1), fail('onValue'), {
      interval: 10,
      backoff: fail('backoff'),
      until: fail('until'),
    })
    await clock.settle()
    fails = false
    await clock.advance(10)
    poll(owner, fail('fn'), keep, { onError: fail('onError') })
    await clock.settle()
    expect(owner.reports.map(({ error, where }) => [(error as Error).message, where])).toEqual([
      ['fn', 'function of a poll'],
      ['backoff', 'backoff of a poll'],
      ['onValue', 'onValue of a poll'],
      ['until', 'until of a poll'],
      ['onError', 'onError of a poll'],
    ])
  })

  test('backoff counts failures in a row', async () => {
    const outcomes = [false, false, true, false]
    const uncertain = async (): Promise<number> => {
      await mark()
      return outcomes.shift() ? 1 : Promise.reject(new Error('down'))
    }
    poll(owner, uncertain, keep, {
      interval: 10,
      backoff: (failures) => failures * 100,
      onError: () => {},
    })
    await clock.advance(450)
    expect(calls).toEqual([0, 100, 300, 310, 410])
  })
})

describe('stop and start', () => {
  test('stop aborts the running call and drops its value; the owner hears of it until the call has ended', async () => {
    const gate = sequencer().gate('call')
    let signal: AbortSignal | undefined
    const remember = (own: AbortSignal): Promise<void> => {
      signal = own
      return gate.wait
    }
    const controller = poll(owner, remember, keep)
    controller.stop()
    expect(signal?.aborted).toBe(true)
    expect(isCancelled(signal?.reason)).toBe(true)
    expect(owner.entries).toBe(1)
    gate.open()
    await microtasks()
    expect([values, owner.reports, owner.entries]).toEqual([[], [], 0])
  })

  test('stop and start leave one loop, and never overlap', async () => {
    const order = sequencer()
    let running = 0
    let most = 0
    const controller = poll(
      owner,
      async () => {
        most = Math.max(most, ++running)
        const at = calls.push(clock.now)
        await order.gate(`${at}`).wait
        running--
        return at
      },
      keep,
      { interval: 100 },
    )
    for (let times = 0; times < 5; times++) {
      controller.stop()
      controller.start()
      controller.start()
    }
    await clock.advance(50)
    expect(calls).toEqual([0]) // the first call, which ignores its signal, is still running
    expect(controller.status()).toMatchObject({ running: true, pollCount: 1 })
    order.gate('1').open()
    await clock.settle()
    expect(calls).toEqual([0, 50])
    order.gate('2').open()
    order.gate('3').open()
    order.gate('4').open()
    await clock.advance(100)
    expect(calls).toEqual([0, 50, 150])
    expect(values).toEqual([2, 3])
    expect(most).toBe(1)
  })

  test('disposing of the controller stops it', async () => {
    {
      using controller = poll(owner, mark, keep)
      expect(controller.status().running).toBe(true)
    }
    await clock.settle()
    expect([clock.pendingTimers, owner.entries]).toEqual([0, 0])
  })

  test('a foreign signal stops it for good', async () => {
    const tracked = trackSignal()
    const controller = poll(owner, mark, keep, { signal: tracked.signal })
    expect(tracked.listenerCount).toBe(1)
    await clock.settle()
    tracked.abort(new Error('away'))
    expect(tracked.listenerCount).toBe(0)
    controller.start()
    expect(controller.status().running).toBe(false)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('the end of the owner', () => {
  test('aborts the call with its reason and waits for it', async () => {
    const gate = sequencer().gate('call')
    let signal: AbortSignal | undefined
    const remember = (own: AbortSignal): Promise<void> => {
      signal = own
      return gate.wait
    }
    const controller = poll(owner, remember, keep)
    const ended = watch(owner.dispose())
    expect(signal?.reason).toBe(owner.reason)
    await clock.advance(1_000)
    expect(ended.settled).toBe(false)
    gate.open()
    await clock.settle()
    expect(ended.settled).toBe(true)
    expect(values).toEqual([])
    expect(() => controller.start()).toThrow(ScopeDisposedError)
    expect(() => poll(owner, mark, keep)).toThrow(ScopeDisposedError)
  })

  test('does not wait for ever', async () => {
    poll(owner, () => new Promise(() => {}), keep)
    const ended = watch(owner.dispose())
    await clock.advance(2_000)
    expect(ended.settled).toBe(true)
    expect(owner.reports.map(({ where }) => where)).toEqual(['function of a poll'])
    owner = new Owner()
  })

  test('in a cancelled owner nothing begins', () => {
    owner.cancel(new Error('over'))
    expect(poll(owner, mark, keep).status().running).toBe(false)
    expect(calls).toEqual([])
  })
})

describe('hidden pages', () => {
  test('pause: what was due meanwhile is called when the page shows', async () => {
    const page = new Page()
    const own = new Owner(page)
    const controller = poll(own, mark, keep, { interval: 100, whenHidden: 'pause' })
    await clock.advance(50)
    page.hide()
    expect(clock.pendingTimers).toBe(0)
    await clock.advance(20)
    page.show()
    await clock.advance(30)
    expect(calls).toEqual([0, 100])
    page.hide()
    await clock.advance(1_000)
    expect(controller.status()).toMatchObject({ running: true, timeUntilNext: 0 })
    page.show()
    expect(calls).toEqual([0, 100, 1_100])
    page.hide()
    await clock.settle() // a turn that ends while hidden waits as well
    expect(clock.pendingTimers).toBe(0)
    controller.stop()
    expect([page.listeners, own.entries]).toEqual([0, 0])
  })

  test('one that starts hidden begins when it shows', () => {
    const page = new Page()
    page.hidden = true
    const controller = poll(new Owner(page), mark, keep, { whenHidden: 'pause' })
    expect(calls).toEqual([])
    page.show()
    expect(calls).toEqual([0])
    controller.stop()
  })

  test('a host that cannot tell when the page shows is not paused', async () => {
    const controller = poll(new Owner({ onHidden: () => () => {} }), mark, keep, { interval: 10, whenHidden: 'pause' })
    await clock.advance(10)
    expect(calls).toEqual([0, 10])
    controller.stop()
  })
})

test('misuse is refused at the call', () => {
  expect(() => poll(owner, mark, keep, { interval: -1 })).toThrow(RangeError)
  expect(() => poll(owner, mark, undefined as never)).toThrow(TypeError)
  expect(() => poll(owner, 1 as never, keep)).toThrow(TypeError)
  expect(() => poll(owner, mark, keep, { signal: 1 as never })).toThrow(TypeError)
  expect(() => poll(owner, mark, keep, { until: 1 as never })).toThrow(TypeError)
  expect(() => poll(owner, mark, keep, { whenHidden: 'flush' as never })).toThrow(RangeError)
  expect(() => poll(owner, mark, keep, { immediate: 'no' as never })).toThrow(TypeError)
  expect(owner.entries).toBe(0)
})
