/** Idempotent tasks: one run for each key, whoever asks and whatever the provider can do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { IdempotencyInProgressError, UnknownError } from '../src/base/errors.js'
import type { Undo } from '../src/base/undo.js'
import { InMemoryIdempotencyProvider } from '../src/persist/memory.js'
import type { IdempotencyProvider, IdempotencyRecord } from '../src/persist/types.js'
import { idempotency } from '../src/policy/idempotency.js'
import { check, type IdempotencyOptions } from '../src/policy/idempotency-options.js'
import type { Call, ForkedCall } from '../src/policy/layer.js'
import { type Gate, type Sequencer, sequencer, type VirtualClock, virtualTime } from '../src/testing/index.js'
import { scope } from '../runtimes/node/index.js'
import { host } from '../runtimes/node/runtime.js'

/** A call that counts who listens to it, what holds it and what was reported. */
class StubCall implements Call {
  readonly name = 'stub'
  readonly index = 1
  readonly attempt = 1
  readonly deadline = Number.POSITIVE_INFINITY
  readonly cancelled = false
  readonly spawnedBy = undefined
  readonly isNested = false
  readonly host = host
  readonly signal = new AbortController().signal
  readonly reports: unknown[] = []
  abortError: Error | undefined
  holds = 0
  readonly #listeners = new Set<(error: Error) => void>()
  #idle: (() => void)[] = []

  get aborted(): boolean {
    return this.abortError !== undefined
  }

  get listeners(): number {
    return this.#listeners.size
  }

  get busy(): boolean {
    return this.holds > 0
  }

  abort(error: Error): void {
    this.abortError = error
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener(error)
  }

  onAbort(fn: (error: Error) => void): Undo {
    if (this.abortError !== undefined) fn(this.abortError)
    else this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  hold(): Undo {
    this.holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.holds > 0) return
      const callbacks = this.#idle
      this.#idle = []
      for (const callback of callbacks) callback()
    }
  }

  whenIdle(fn: () => void): void {
    if (this.busy) this.#idle.push(fn)
    else fn()
  }

  report(error: unknown): void {
    this.reports.push(error)
  }

  fork(): ForkedCall {
    throw new Error('not needed')
  }

  detach(): ForkedCall {
    throw new Error('not needed')
  }

  abandon(): void {}
  begin(): void {}
  whenBegun(): void {}
  limitTo(): void {}
  expire(): void {}
}

/** Keeps JSON, as most real providers do, and can reserve nothing. */
class JsonProvider implements IdempotencyProvider {
  readonly texts: Map<string, string> = new Map()

  async get(key: string): Promise<IdempotencyRecord | null> {
    const text = this.texts.get(key)
    return text === undefined ? null : JSON.parse(text)
  }

  async set(key: string, value: unknown): Promise<void> {
    this.texts.set(key, JSON.stringify({ value }))
  }

  async delete(key: string): Promise<void> {
    this.texts.delete(key)
  }
}

/** One store behind several providers, as processes see it. */
class SharedProvider extends JsonProvider {
  readonly reserved: Set<string>

  constructor(reserved: Set<string> = new Set(), texts?: Map<string, string>) {
    super()
    this.reserved = reserved
    if (texts !== undefined) Object.assign(this, { texts })
  }

  other(): SharedProvider {
    return new SharedProvider(this.reserved, this.texts)
  }

  async reserve(key: string): Promise<boolean> {
    return !this.reserved.has(key) && this.reserved.add(key).has(key)
  }

  async release(key: string): Promise<void> {
    this.reserved.delete(key)
  }
}

interface Run {
  readonly call: StubCall
  readonly result: Promise<unknown>
}

let clock: VirtualClock
let seq: Sequencer
let runs: number

beforeEach(() => {
  clock = virtualTime()
  seq = sequencer()
  runs = 0
})
afterEach(() => {
  expect(clock.pendingTimers, 'timers left').toBe(0)
  clock.restore()
})

/** Runs a body, by default one that counts and answers at once, through the layer. */
function start(
  provider: IdempotencyProvider,
  options: Partial<IdempotencyOptions> = {},
  body: (call: Call) => unknown = () => ++runs,
): Run {
  const call = new StubCall()
  const layer = idempotency({ key: 'k', ...options }, provider)
  const result = layer(async (each) => {
    const release = each.hold()
    try {
      return await body(each)
    } finally {
      release()
    }
  })(call)
  result.catch(() => {})
  return { call, result }
}

/** A body that waits for its gate. */
const held = (gate: Gate, value?: unknown) => async (): Promise<unknown> => {
  runs++
  await gate.wait
  return value
}

/** Nothing holds the call, and nobody listens to it. */
function expectNothingLeft(...ended: Run[]): void {
  for (const { call } of ended)
    expect({ holds: call.holds, listeners: call.listeners }).toEqual({ holds: 0, listeners: 0 })
}

const providers: readonly (readonly [string, () => IdempotencyProvider])[] = [
  ['in memory', () => new InMemoryIdempotencyProvider()],
  ['plain JSON without reserve', () => new JsonProvider()],
  ['JSON with reserve', () => new SharedProvider()],
]

describe.each(providers)('a provider %s', (_name, create) => {
  test.each([[undefined], [null], [0], [''], [false], ['text'], [{ done: true, value: 1 }], [[undefined, 5].slice(1)]])(
    'runs once and gives %j again',
    async (value) => {
      const provider = create()
      const body = (): unknown => {
        runs++
        return value
      }
      const first = start(provider, {}, body)
      expect(await first.result).toEqual(value)
      const second = start(provider, {}, body)
      expect(await second.result).toEqual(value)
      expect(runs).toBe(1)
      await clock.settle()
      expectNothingLeft(first, second)
    },
  )

  test('a failure is not stored and frees the key', async () => {
    const provider = create()
    const error = new Error('no')
    const first = start(provider, {}, () => {
      throw error
    })
    await expect(first.result).rejects.toBe(error)
    await clock.settle()
    expect(await start(provider).result).toBe(1)
    expectNothingLeft(first)
  })

  test('a second caller meanwhile is refused by name of the key', async () => {
    const provider = create()
    const first = start(provider, {}, held(seq.gate('go'), 'value'))
    await clock.settle()
    const second = start(provider)
    await expect(second.result).rejects.toBeInstanceOf(IdempotencyInProgressError)
    await expect(second.result).rejects.toMatchObject({ key: 'k' })
    seq.gate('go').open()
    expect(await first.result).toBe('value')
    expect(runs).toBe(1)
    await clock.settle()
    expectNothingLeft(first, second)
  })

  test('two that start in the same turn never both run', async () => {
    const provider = create()
    const both = [start(provider), start(provider)]
    const ended = await Promise.allSettled(both.map(({ result }) => result))
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(runs).toBe(1)
  })

  test('keys do not disturb each other', async () => {
    const provider = create()
    const first = start(provider, { key: 'a' }, held(seq.gate('go')))
    expect(await start(provider, { key: 'b' }).result).toBe(2)
    seq.gate('go').open()
    await first.result
  })

  test('waiters in the process get the value of the run, without a timer', async () => {
    const provider = create()
    const first = start(provider, {}, held(seq.gate('go'), 'value'))
    await clock.settle()
    const waiting = [start(provider, { wait: true }), start(provider, { wait: true })]
    await clock.settle()
    expect(clock.pendingTimers).toBe(0)
    seq.gate('go').open()
    expect(await Promise.all(waiting.map(({ result }) => result))).toEqual(['value', 'value'])
    expect(runs).toBe(1)
    expectNothingLeft(first, ...waiting)
  })

  test('when the run fails, one waiter after another takes its turn', async () => {
    const provider = create()
    const first = start(provider, {}, held(seq.gate('go')))
    await clock.settle()
    const waiting = [start(provider, { wait: true }), start(provider, { wait: true })]
    await clock.settle()
    seq.gate('go').fail(new Error('no'))
    await expect(first.result).rejects.toThrow('no')
    expect(await Promise.all(waiting.map(({ result }) => result))).toEqual([2, 2])
    expect(runs).toBe(2)
  })

  test('an aborted waiter leaves at once and disturbs nobody', async () => {
    const provider = create()
    const first = start(provider, {}, held(seq.gate('go'), 'value'))
    await clock.settle()
    const waiter = start(provider, { wait: true })
    await clock.settle()
    const reason = new Error('enough')
    waiter.call.abort(reason)
    await expect(waiter.result).rejects.toBe(reason)
    expectNothingLeft(waiter)
    seq.gate('go').open()
    expect(await first.result).toBe('value')
  })

  test('the key stays taken until a body that ignores the abort has ended, and its late value is not stored', async () => {
    const provider = create()
    const reason = new Error('enough')
    const call = new StubCall()
    const step = idempotency(
      { key: 'k' },
      provider,
    )(
      (each) =>
        new Promise<never>((_resolve, reject) => {
          const release = each.hold()
          each.onAbort(reject)
          seq.gate('go').wait.then(release)
        }),
    )
    const result = step(call)
    result.catch(() => {})
    await clock.settle()
    call.abort(reason)
    await expect(result).rejects.toBe(reason)
    await expect(start(provider).result).rejects.toBeInstanceOf(IdempotencyInProgressError)
    seq.gate('go').open()
    await clock.settle()
    expect(await start(provider).result).toBe(1)
    expect(call.holds).toBe(0)
  })

  test('a value that was really made is stored although the call was aborted meanwhile', async () => {
    const provider = create()
    const first = start(provider, {}, (call) => {
      ;(call as StubCall).abort(new Error('too late'))
      return 'made'
    })
    await first.result
    expect(await start(provider).result).toBe('made')
  })
})

describe('keys and options', () => {
  test('a key function is asked at each call', async () => {
    const provider = new JsonProvider()
    let n = 0
    const key = (): string => `key-${n++}`
    expect([await start(provider, { key }).result, await start(provider, { key }).result]).toEqual([1, 2])
    expect([...provider.texts.keys()]).toEqual(['key-0', 'key-1'])
  })

  test.each([
    ['gives a promise', async () => 'k', /idempotency\.key must be a string, got a promise/],
    ['gives nothing', () => undefined, /idempotency\.key must be a string, got undefined/],
    ['gives an empty string', () => '', /idempotency\.key must be a string that is not empty/],
  ])('a key function that %s fails the call', async (_name, key, message) => {
    const run = start(new JsonProvider(), { key: key as () => string })
    await expect(run.result).rejects.toThrow(message)
    expect(runs).toBe(0)
    expectNothingLeft(run)
  })

  test('what a key function throws arrives as an error', async () => {
    const error = new Error('no key')
    const thrower = (thrown: unknown) => () => {
      throw thrown
    }
    await expect(start(new JsonProvider(), { key: thrower(error) }).result).rejects.toBe(error)
    await expect(start(new JsonProvider(), { key: thrower(0) }).result).rejects.toBeInstanceOf(UnknownError)
  })

  test.each([
    [{ key: 5 }, TypeError],
    [{ key: '' }, RangeError],
    [{ key: undefined }, TypeError],
    [{ ttl: -1 }, RangeError],
    [{ ttl: Number.NaN }, RangeError],
    [{ ttl: '1' }, TypeError],
    [{ wait: 1 }, TypeError],
  ])('%j is refused at the door', (options, kind) => {
    expect(() => check({ key: 'k', ...options } as never)).toThrow(kind)
  })

  test('the lifetime is the option, else for ever', async () => {
    const provider = new InMemoryIdempotencyProvider()
    await start(provider, { key: 'option', ttl: 10 }).result
    await start(provider, { key: 'ever', ttl: Number.POSITIVE_INFINITY }).result
    await clock.advance(10)
    expect(await start(provider, { key: 'option' }).result).toBe(3)
    await clock.advance(1e12)
    expect(await start(provider, { key: 'ever' }).result).toBe(2)
  })

  test('a lifetime of 0 has expired: nothing is stored', async () => {
    const provider = new JsonProvider()
    expect(await start(provider, { ttl: 0 }).result).toBe(1)
    expect(provider.texts.size).toBe(0)
  })

  test('a record that has expired counts as none, though the provider gave it', async () => {
    const provider = new JsonProvider()
    provider.texts.set('k', JSON.stringify({ value: 'old', expiresAt: Date.now() }))
    expect(await start(provider).result).toBe(1)
  })

  test('a plain value that somebody else stored is the value', async () => {
    const provider = new JsonProvider()
    await provider.set('k', 'theirs')
    expect(await start(provider).result).toBe('theirs')
  })
})

describe('providers that fail', () => {
  const error = new Error('storage is down')
  const failing = (part: 'get' | 'set' | 'reserve' | 'release', after = 0): SharedProvider => {
    const provider = new SharedProvider()
    const works = provider[part].bind(provider) as (...args: unknown[]) => Promise<never>
    let calls = 0
    return Object.assign(provider, {
      [part]: (...args: unknown[]) => {
        if (calls++ < after) return works(...args)
        throw error
      },
    })
  }

  test.each([
    ['get', 0],
    ['get', 1],
    ['reserve', 0],
  ] as const)('a failing %s (after %i calls) fails the call, and the body does not run', async (part, after) => {
    const provider = failing(part, after)
    const run = start(provider)
    await expect(run.result).rejects.toBe(error)
    await clock.settle()
    expect(runs).toBe(0)
    expect(provider.reserved.size).toBe(0)
    expectNothingLeft(run)
  })

  test('a failure that is no error arrives as one', async () => {
    const provider = Object.assign(new JsonProvider(), { get: () => Promise.reject('down') })
    await expect(start(provider).result).rejects.toMatchObject({ name: 'UnknownError', cause: 'down' })
  })

  test('a value that cannot be stored is delivered all the same, and the trouble told', async () => {
    const provider = failing('set')
    const run = start(provider)
    expect(await run.result).toBe(1)
    await clock.settle()
    expect(run.call.reports).toEqual([error])
    expect(provider.reserved.size).toBe(0)
    expectNothingLeft(run)
  })

  test('a key that cannot be given back is told, and the process does not keep it', async () => {
    const provider = failing('release')
    const run = start(provider)
    expect(await run.result).toBe(1)
    await clock.settle()
    expect(run.call.reports).toEqual([error])
    expect(await start(provider).result).toBe(1)
    expectNothingLeft(run)
  })

  test.each(['get', 'reserve'] as const)('an abort while %s never answers settles at once', async (part) => {
    const provider = Object.assign(new SharedProvider(), { [part]: () => seq.gate('answer').wait })
    const run = start(provider)
    await clock.settle()
    const reason = new Error('enough')
    run.call.abort(reason)
    await expect(run.result).rejects.toBe(reason)
    expect(runs).toBe(0)
    seq.gate('answer').open()
    await clock.settle()
    expectNothingLeft(run)
  })

  test.each([
    [true, ['k']],
    [false, []],
  ])('a reservation answered %s after the abort is given back only if it is ours', async (answer, given) => {
    const released: string[] = []
    const provider: IdempotencyProvider = Object.assign(new JsonProvider(), {
      reserve: () => seq.gate('answer').wait.then(() => answer),
      release: async (key: string) => void released.push(key),
    })
    const run = start(provider)
    await clock.settle()
    run.call.abort(new Error('enough'))
    await expect(run.result).rejects.toThrow('enough')
    expect(released).toEqual([])
    expect(run.call.busy).toBe(true)
    seq.gate('answer').open()
    await clock.settle()
    expect(released).toEqual(given)
    expectNothingLeft(run)
  })
})

describe('two processes on one store', () => {
  test('the second is refused while the first runs, and then gets its value', async () => {
    const here = new SharedProvider()
    const there = here.other()
    const first = start(here, {}, held(seq.gate('go'), 'value'))
    await clock.settle()
    await expect(start(there).result).rejects.toBeInstanceOf(IdempotencyInProgressError)
    seq.gate('go').open()
    expect(await first.result).toBe('value')
    expect(await start(there).result).toBe('value')
  })

  test('a run that ended between the look and the reservation is found by the second look', async () => {
    const here = new SharedProvider()
    const get = here.get.bind(here)
    here.get = async (key) => {
      const found = await get(key)
      await here.set(key, { done: true, value: 'theirs' })
      return found
    }
    const run = start(here)
    expect(await run.result).toBe('theirs')
    await clock.settle()
    expect([runs, here.reserved.size]).toEqual([0, 0])
    expectNothingLeft(run)
  })

  test('a waiter asks again after 50, 100, 200 … at most 1 000 ms', async () => {
    const here = new SharedProvider()
    const asked: number[] = []
    const there = Object.assign(here.other(), {
      reserve: async () => {
        asked.push(clock.now)
        return false
      },
    })
    here.reserved.add('k')
    const waiter = start(there, { wait: true })
    await clock.advance(4_000)
    expect(asked).toEqual([0, 50, 150, 350, 750, 1550, 2550, 3550])
    await here.set('k', { done: true, value: 'theirs' })
    await clock.advance(1_000)
    expect(await waiter.result).toBe('theirs')
    expectNothingLeft(waiter)
  })

  test('an abort in between leaves no timer', async () => {
    const here = new SharedProvider()
    here.reserved.add('k')
    const waiter = start(here, { wait: true })
    await clock.settle()
    expect(clock.pendingTimers).toBe(1)
    waiter.call.abort(new Error('enough'))
    await expect(waiter.result).rejects.toThrow('enough')
    expect([...here.reserved]).toEqual(['k'])
    expectNothingLeft(waiter)
  })

  test('an abort between the answer and the wait is seen', async () => {
    let run: Run | undefined
    const reason = new Error('enough')
    const abort = async (): Promise<void> => {
      while (run?.call.listeners !== 0) await undefined
      run.call.abort(reason)
    }
    const answer = {
      // biome-ignore lint/suspicious/noThenProperty: the answer has to come a few microtasks before the abort
      then: (tell: (reserved: boolean) => void) => {
        tell(false)
        void abort()
      },
    }
    const provider = Object.assign(new JsonProvider(), {
      reserve: (): Promise<boolean> => answer as Promise<boolean>,
    })
    run = start(provider, { wait: true })
    await expect(run.result).rejects.toBe(reason)
    expectNothingLeft(run)
  })

  test('several waiters of one process each end, and one runs when the other process gives up', async () => {
    const here = new SharedProvider()
    here.reserved.add('k')
    const waiting = [1, 2, 3].map(() => start(here, { wait: true }))
    await clock.advance(400)
    here.reserved.delete('k')
    await clock.runAll()
    expect(await Promise.all(waiting.map(({ result }) => result))).toEqual([1, 1, 1])
    expect(runs).toBe(1)
    expectNothingLeft(...waiting)
  })
})

describe('in a scope', () => {
  test('a provider is asked for at the call', async () => {
    await using s = scope()
    expect(() => s.task(() => 1, { idempotency: { key: 'k' } })).toThrow(TypeError)
  })

  test('children and later scopes get the value, retries run inside one reservation', async () => {
    const idempotency = new InMemoryIdempotencyProvider()
    {
      await using s = scope({ persistence: { idempotency }, idempotency: { defaultTTL: 100 } })
      let left = 2
      const flaky = (): number => {
        runs++
        if (left-- > 0) throw new Error('not yet')
        return runs
      }
      const task = s.task(flaky, { idempotency: { key: 'k' }, retry: { max: 3, delay: 1 } })
      await clock.advance(10)
      expect(await task).toEqual([undefined, 3])
      expect(await s.createChild().task(flaky, { idempotency: { key: 'k' } })).toEqual([undefined, 3])
    }
    await using later = scope({ persistence: { idempotency } })
    expect(await later.task(() => 'again', { idempotency: { key: 'k' } })).toEqual([undefined, 3])
    await clock.advance(100)
    expect(await later.task(() => 'again', { idempotency: { key: 'k' } })).toEqual([undefined, 'again'])
  })

  test('a cancelled task settles at once, keeps nothing, and frees its key when its body has ended', async () => {
    const idempotency = new InMemoryIdempotencyProvider()
    await using s = scope({ persistence: { idempotency } })
    const task = s.task(() => seq.gate('go').wait.then(() => 'late'), { idempotency: { key: 'k' } })
    await clock.settle()
    const reason = new Error('enough')
    task.cancel(reason)
    expect(await task).toEqual([reason, undefined])
    const [refused] = await s.task(() => 'second', { idempotency: { key: 'k' } })
    expect(refused).toBeInstanceOf(IdempotencyInProgressError)
    seq.gate('go').open()
    await task.settled
    expect(idempotency.size).toBe(0)
    expect(await s.task(() => 'third', { idempotency: { key: 'k' } })).toEqual([undefined, 'third'])
  })
})
