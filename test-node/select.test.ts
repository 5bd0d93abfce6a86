/** Select against a model, and what a model does not say. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TimeoutError } from '../src/base/errors.js'
import type { Result } from '../src/base/result.js'
import { type Channel, channel } from '../src/sync/channel.js'
import { ChannelClosedError } from '../src/sync/errors.js'
import { select } from '../src/sync/select.js'
import { on, onSend, onTimeout, otherwise } from '../src/sync/select-case.js'
import { random } from '../src/testing/random.js'
import { Run, selectCommands, setups } from './channel-programs.js'
import { checkPrograms, flush, follow, InstantClock, Owner } from './sync-fixtures.js'

/** A program, or a test, that failed comes again as it was. */
const dice = (): void => void vi.spyOn(Math, 'random').mockImplementation(random(1))

beforeEach(dice)
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('random programs of selects among other operations do what the model does', async () => {
  await checkPrograms(
    fc.record({ setup: fc.tuple(setups, setups), program: fc.array(selectCommands, { maxLength: 24, size: 'max' }) }),
    ({ setup, program }) => {
      dice()
      return new Run(setup).all(program)
    },
  )
})

test('among several that are ready, each is as likely', async () => {
  const owner = new Owner()
  const channels = Array.from({ length: 5 }, () => channel<number>(owner, 1))
  const wins = channels.map(() => 0)
  const cases = channels.map((ch, i) => on(ch, () => i))
  for (let i = 0; i < 10_000; i++) {
    for (const ch of channels) ch.trySend(1)
    const [, winner = 0] = await select(owner, cases)
    wins[winner] = (wins[winner] ?? 0) + 1
  }
  for (const count of wins) expect(Math.abs(count - 2_000)).toBeLessThan(200) // five standard deviations
})

test('a Map of channels of one type, and a list of mixed ones, are typed by what the handlers return', async () => {
  const owner = new Owner()
  const [words, numbers] = [channel<string>(owner, 1), channel<number>(owner, 1)]
  words.trySend('word')
  const [, length] = await select(owner, new Map([[words, async (word: string) => word.length]]), { timeout: 5_000 })
  expect(length satisfies number | undefined).toBe(4)
  numbers.trySend(1)
  const mixed: Result<Error, string | number | boolean> = await select(owner, [
    on(words, (word) => word.toUpperCase()),
    on(numbers, async (n) => n + 1),
    onTimeout(10, () => true),
  ])
  expect(mixed).toEqual([undefined, 2])
})

test('a send case sends when somebody takes, and not when another case wins', async () => {
  const owner = new Owner()
  const [out, into] = [channel<number>(owner), channel<string>(owner)]
  const first = select(owner, [onSend(out, 1, () => 'sent'), on(into, (text) => text)])
  expect([await out.receive(), await first]).toEqual([1, [undefined, 'sent']])
  const second = select(owner, [onSend(out, 2, () => 'sent'), on(into, (text) => text)])
  into.trySend('in')
  expect([await second, out.tryReceive()]).toEqual([[undefined, 'in'], undefined])
})

test('handlers run after the turn that made them happen, and what they throw is the Result', async () => {
  const owner = new Owner()
  const ch = channel<number>(owner)
  const log: string[] = []
  const result = select(owner, [
    on(ch, () => {
      log.push('handler')
      throw new Error('handler')
    }),
  ])
  ch.trySend(1)
  log.push('sent')
  expect([(await result)[0]?.message, log]).toEqual(['handler', ['sent', 'handler']])
  ch.send(2).catch(() => {})
  const [error] = await select(owner, [on(ch, () => Promise.reject('text'))])
  expect(error).toMatchObject({ name: 'UnknownError', cause: 'text' })
})

describe('end of the wait', () => {
  test('a commit in the same turn as an abort, a timeout or a close wins', async () => {
    const clock = new InstantClock()
    clock.install()
    for (const end of ['abort', 'timeout', 'close', 'signal']) {
      const owner = new Owner(clock)
      const controller = new AbortController()
      const ch = channel<number>(owner)
      const result = select(owner, [on(ch, (n) => n)], { timeout: 5, signal: controller.signal })
      ch.trySend(7)
      if (end === 'abort') owner.cancel(new Error('stop'))
      if (end === 'timeout') clock.advance(5)
      if (end === 'close') ch.close()
      if (end === 'signal') controller.abort()
      expect(await result).toEqual([undefined, 7])
      expect(clock.pending).toBe(0)
    }
  })

  test('a timeout is an error, or a case, whichever is first', async () => {
    const clock = new InstantClock()
    clock.install()
    const owner = new Owner(clock)
    const ch = channel<number>(owner, 1)
    const result = select(owner, [on(ch, (n) => n), onTimeout(20, () => 'late')], { timeout: 10 })
    const cased = select(owner, [on(ch, (n) => n), onTimeout(20, () => 'late'), onTimeout(30, () => 'later')])
    clock.advance(30)
    expect((await result)[0]).toBeInstanceOf(TimeoutError)
    expect((await result)[0]).toMatchObject({ ms: 10, message: 'Select timeout after 10ms' })
    expect(await cased).toEqual([undefined, 'late'])
    expect([ch.trySend(1), ch.size]).toEqual([true, 1])
  })

  test('a foreign channel that is cancelled or fails ends it', async () => {
    const owner = new Owner()
    const other = new Owner()
    const mine = channel<number>(owner)
    const source = channel<number>(owner, 1)
    const theirs = channel<number>(other)
    const failing = source.map(() => {
      throw new Error('fn')
    })
    const waiting = select(owner, [on(mine, () => 1), on(theirs, () => 2)])
    const failed = select(owner, [on(mine, () => 1), on(failing, () => 2)])
    source.trySend(1)
    expect((await failed)[0]?.message).toBe('fn')
    other.cancel(new Error('stop'))
    expect((await waiting)[0]?.message).toBe('stop')
    mine.send(1).catch(() => {})
    expect((await select(owner, [on(mine, () => 1), on(theirs, () => 2)]))[0]?.message).toBe('stop')
    expect(mine.tryReceive()).toBe(1)
  })

  test('an aborted signal or owner refuses, and takes nothing', async () => {
    const owner = new Owner()
    const ch = channel<number>(owner, 1)
    ch.trySend(1)
    const [error] = await select(owner, [on(ch, (n) => n)], { signal: AbortSignal.abort(new Error('signal')) })
    expect([error?.message, ch.size]).toEqual(['signal', 1])
    owner.cancel(new Error('stop'))
    expect((await select(owner, [on(ch, (n) => n)]))[0]?.message).toBe('stop')
  })
})

test('closed channels are passed over until all are closed', async () => {
  const owner = new Owner()
  const [a, b] = [channel<number>(owner, 1), channel<number>(owner)]
  a.trySend(1)
  a.close()
  const both = (): Promise<Result<Error, number>> => select(owner, [on(a, (n) => n), on(b, (n) => -n)])
  expect(await both()).toEqual([undefined, 1])
  const waiting = both()
  b.trySend(2)
  expect(await waiting).toEqual([undefined, -2])
  const last = both()
  b.close()
  expect((await last)[0]).toBeInstanceOf(ChannelClosedError)
  expect((await both())[0]?.message).toBe('All channels are closed')
  expect(await select(owner, [on(a, (n) => n), otherwise(() => 'else')])).toEqual([undefined, 'else'])
})

test('derived channels are selected like others, and keep what was fetched for a loser', async () => {
  const owner = new Owner()
  const source = channel<number>(owner, 5)
  const mapped = source.map((n) => n * 2)
  const other = channel<number>(owner, 5)
  const round = (): Promise<Result<Error, string>> =>
    select(owner, [on(mapped, (n) => `mapped ${n}`), on(other, (n) => `other ${n}`)])
  const waiting = round()
  source.trySend(1)
  expect(await waiting).toEqual([undefined, 'mapped 2'])
  source.trySend(2)
  other.trySend(3)
  const results = [await round(), await round()].map(([, text]) => text)
  expect(new Set(results)).toEqual(new Set(['mapped 4', 'other 3']))
})

test('a case that a callback took away is not chosen', async () => {
  const clock = new InstantClock()
  const owner = new Owner(clock)
  const victim = channel<number>(owner, 1)
  victim.trySend(1)
  const thief: Channel<number> = channel<number>(owner, 1, {
    backpressure: 'sample',
    sampleWindow: 1,
    onDrop: () => void victim.tryReceive(),
  })
  thief.trySend(1)
  clock.now = 1
  const cases = [on(victim, () => 'victim'), on(thief, () => 'thief'), otherwise(() => 'neither')]
  expect(await select(owner, cases)).toEqual([undefined, 'neither'])
})

test('a loop of selects lets timers have their turn', async () => {
  const owner = new Owner()
  const ch = channel<number>(owner)
  let rang = false
  setTimeout(() => (rang = true), 0)
  let rounds = 0
  while (!rang) rounds += (await select(owner, [on(ch, (n) => n), otherwise(() => 1)]))[1] ?? 0
  expect(rounds).toBeLessThan(100_000)
})

test('a select that is over leaves nothing in its owner', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const owner = new Owner()
  const use = async (): Promise<WeakRef<object>> => {
    const handler = (n: number): number => n
    const ch = channel<number>(owner)
    const result = select(owner, [on(ch, handler)])
    ch.trySend(1)
    await result
    return new WeakRef(handler)
  }
  const dropped = await use()
  await new Promise((resolve) => setTimeout(resolve, 0))
  gc()
  expect(dropped.deref()).toBeUndefined()
})

test('refuses what makes no sense, at the call', async () => {
  const owner = new Owner()
  const ch = channel<number>(owner)
  const wrong: [() => unknown, string][] = [
    [() => select(owner, 1 as never), 'cases must be a Map or an array, got 1'],
    [() => select(owner, [1 as never]), 'case must be made by on, onSend, otherwise or onTimeout, got 1'],
    [() => select(owner, new Map([[1 as never, () => 1]])), 'channel must be a Channel, got 1'],
    [() => on(ch, 1 as never), 'handler must be a function, got 1'],
    [() => onSend({} as never, 1, () => 1), 'channel must be a Channel, got an object'],
    [() => onTimeout(-1, () => 1), 'ms must be zero or more milliseconds, got -1'],
    [() => select(owner, [on(ch, (n) => n)], { timeout: -1 }), 'timeout must be zero or more milliseconds, got -1'],
    [() => select(owner, [otherwise(() => 1), otherwise(() => 2)]), 'cases must have one default case at most'],
    [
      () => select(owner, [on(ch, (n) => n)], { signal: 1 as never }),
      'signal must be an AbortSignal such as controller.signal, got 1',
    ],
  ]
  for (const [call, message] of wrong) expect(call).toThrow(`Cannot select: ${message}`)
  expect((await select(owner, new Map()))[0]?.message).toBe('select called with no cases')
  const pending = follow(select(owner, [onTimeout(Infinity, () => 1)]))
  await flush()
  expect(pending.text).toBe('pending')
})
