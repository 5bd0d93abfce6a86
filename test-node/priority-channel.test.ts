/** Priority channels against a sorted list: what is taken is always the first in rank of all there is, and nothing is lost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { priorityChannel } from '../src/sync/priority-channel.js'
import type { PriorityStrategy } from '../src/sync/priority-options.js'
import { checkPrograms, flush, Owner } from './sync-fixtures.js'

interface Item {
  readonly id: number
  readonly rank: number
}

type Command =
  | { readonly do: 'send' | 'trySend'; readonly rank: number; readonly signal: boolean }
  | { readonly do: 'receive' | 'tryReceive' | 'close' | 'cancel' | 'settle' }
  | { readonly do: 'abort'; readonly pick: number }

const rank = fc.integer({ min: 0, max: 3 })
const sends = { rank, signal: fc.boolean() }
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), ...sends }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('trySend' as const), ...sends }) },
  { weight: 4, arbitrary: fc.constant({ do: 'receive' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'tryReceive' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'close' as const }, { do: 'cancel' as const }) },
)
const programs = fc.record({
  capacity: fc.constantFrom(0, 1, 2, 3, Infinity),
  strategy: fc.constantFrom<PriorityStrategy>('block', 'error', 'drop-latest', 'drop-lowest'),
  byCompare: fc.boolean(),
  program: fc.array(command, { maxLength: 30 }),
})

/** Higher ranks first, then first come. */
const sorted = (items: readonly Item[]): Item[] => items.toSorted((a, b) => b.rank - a.rank || a.id - b.id)

/** Says the same in the simplest way. */
class Model {
  readonly outcomes: Map<number, string> = new Map()
  readonly dropped: number[] = []
  kept: Item[] = []
  senders: Item[] = []
  receivers: number[] = []
  at: 'open' | 'closed' | 'cancelled' = 'open'
  readonly #capacity: number
  readonly #strategy: PriorityStrategy

  constructor(capacity: number, strategy: PriorityStrategy) {
    this.#capacity = capacity
    this.#strategy = strategy
  }

  /** True, false, or `undefined` for a sender that has to wait. */
  offer(item: Item): boolean | undefined {
    const receiver = this.receivers.shift()
    if (receiver !== undefined) this.outcomes.set(receiver, `got ${item.id}`)
    else if (this.kept.length < this.#capacity) this.kept = sorted([...this.kept, item])
    else if (this.#strategy === 'block') return undefined
    else if (this.#strategy === 'error') return false
    else if (this.#strategy === 'drop-latest' || this.#capacity === 0) this.dropped.push(item.id)
    else {
      const all = sorted([...this.kept, item])
      this.dropped.push((all.pop() as Item).id)
      this.kept = all
    }
    return true
  }

  take(): Item | undefined {
    const first = sorted([...this.kept, ...this.senders])[0]
    if (first === undefined) return undefined
    // The best of the senders comes in when there is room, which there is once something is taken.
    const sender = sorted(this.senders)[0]
    if (sender !== undefined) {
      this.senders = this.senders.filter((each) => each !== sender)
      this.outcomes.set(sender.id, 'sent')
      this.kept.push(sender)
    }
    this.kept = sorted(this.kept.filter((each) => each !== first))
    return first
  }

  end(at: 'closed' | 'cancelled'): void {
    if (this.at === 'cancelled' || (this.at === 'closed' && at === 'closed')) return
    for (const { id } of this.senders) this.outcomes.set(id, at === 'closed' ? 'ChannelClosedError' : 'Error')
    for (const id of this.receivers) this.outcomes.set(id, at === 'closed' ? 'got nothing' : 'Error')
    this.senders = []
    this.receivers = []
    this.at = at
  }
}

test('random programs do what the model does', { timeout: 3_600_000 }, async () => {
  await checkPrograms(programs, async ({ capacity, strategy, byCompare, program }) => {
    const owner = new Owner()
    const dropped: number[] = []
    const order = byCompare
      ? { compare: (a: Item, b: Item) => b.rank - a.rank }
      : { priority: (item: Item) => item.rank }
    const channel = priorityChannel<Item>(owner, {
      ...order,
      capacity,
      backpressure: strategy,
      onDrop: ({ id }) => dropped.push(id),
    })
    const model = new Model(capacity, strategy)
    const outcomes: Map<number, string> = new Map()
    const aborts: Map<number, AbortController> = new Map()
    let id = 0
    for (const it of program) {
      const own = id++
      if (it.do === 'send') {
        const item = { id: own, rank: it.rank }
        const controller = new AbortController()
        if (it.signal) aborts.set(own, controller)
        channel.send(item, { signal: controller.signal }).then(
          (sent) => outcomes.set(own, sent ? 'sent' : 'closed'),
          (error: Error) => outcomes.set(own, error.name),
        )
        if (model.at === 'closed') model.outcomes.set(own, 'closed')
        else if (model.at === 'cancelled') model.outcomes.set(own, 'Error')
        else {
          const sent = model.offer(item)
          if (sent === undefined) model.senders.push(item)
          else model.outcomes.set(own, sent ? 'sent' : 'ChannelFullError')
        }
      } else if (it.do === 'trySend') {
        const item = { id: own, rank: it.rank }
        expect(channel.trySend(item)).toBe(model.at === 'open' && model.offer(item) === true)
      } else if (it.do === 'receive') {
        channel.receive().then(
          (item) => outcomes.set(own, item === undefined ? 'got nothing' : `got ${item.id}`),
          (error: Error) => outcomes.set(own, error.name),
        )
        const item = model.at === 'cancelled' ? undefined : model.take()
        if (item !== undefined) model.outcomes.set(own, `got ${item.id}`)
        else if (model.at === 'open') model.receivers.push(own)
        else model.outcomes.set(own, model.at === 'closed' ? 'got nothing' : 'Error')
      } else if (it.do === 'tryReceive') expect(channel.tryReceive()?.id).toBe(model.take()?.id)
      else if (it.do === 'close') {
        if (model.at === 'cancelled') continue // both at once, in either order, is checked by the suite
        channel.close()
        model.end('closed')
      } else if (it.do === 'cancel') {
        if (model.at === 'closed') continue
        owner.cancel(new Error('the end'))
        model.end('cancelled')
      } else if (it.do === 'abort') {
        const target = [...aborts.keys()][it.pick]
        if (target === undefined) continue
        aborts.get(target)?.abort(new RangeError('aborted'))
        if (!model.senders.some((each) => each.id === target)) continue
        model.senders = model.senders.filter((each) => each.id !== target)
        model.outcomes.set(target, 'RangeError')
      } else await flush()
      expect(channel.size).toBe(model.kept.length)
      expect(dropped).toEqual(model.dropped)
    }
    await flush()
    expect(new Map([...outcomes].sort(([a], [b]) => a - b))).toEqual(
      new Map([...model.outcomes].sort(([a], [b]) => a - b)),
    )
    const waiting = model.senders.length + model.receivers.length
    expect(owner.listeners).toBeLessThanOrEqual(1)
    if (model.at === 'open' && waiting === 0) expect(channel.tryReceive()?.id).toBe(model.take()?.id)
  })
})
