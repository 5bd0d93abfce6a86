/**
 * The semaphore against a sequential model, under random programs. Operations between two `turn`s fall in one
 * synchronous turn. A failure prints the program that shows it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCancelled } from '../src/base/errors.js'
import type { Permit } from '../src/sync/permit.js'
import { type Semaphore, semaphore } from '../src/sync/semaphore.js'
import { type TrackedSignal, trackSignal } from '../src/testing/index.js'
import { microtasks, Owner } from './lifetime-stub.js'
import { type Outcome, SemaphoreModel } from './semaphore-model.js'

const runs = process.env.TEST_LONG === '1' ? 1_000_000 : 2_000

type Op =
  | readonly ['acquire' | 'run', weight: number, priority: number, abortable: boolean]
  | readonly ['release' | 'release twice' | 'end' | 'cancel', pick: number]
  | readonly ['try' | 'give', weight: number]
  | readonly ['resize', total: number]
  | readonly ['turn' | 'abort']

const pick = fc.nat({ max: 9 })
const weight = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
)
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constantFrom('acquire' as const, 'run' as const),
      weight,
      fc.constantFrom(0, 0, 0, 1, -1, 2.5),
      fc.boolean(),
    ),
  },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('release' as const, 'end' as const), pick) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('release twice' as const, 'cancel' as const), pick) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('try' as const, 'give' as const), weight) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resize' as const), fc.integer({ min: 1, max: 5 })) },
  { weight: 4, arbitrary: fc.constant<Op>(['turn']) },
)
const program = fc.array(op, { maxLength: 40 })

/** One program, played on both. */
class Play {
  readonly owner = new Owner()
  readonly reason = new Error('the end')
  readonly sem: Semaphore
  readonly model: SemaphoreModel
  readonly permits: Permit[] = []
  readonly running: { readonly weight: number; readonly end: () => void }[] = []
  readonly signals: Map<number, TrackedSignal> = new Map()
  /** Outcomes of those who waited, as reported: in order for one kind and outcome, since some are reported sooner. */
  readonly outcomes: Record<'acquire' | 'run', Outcome[]> = { acquire: [], run: [] }
  readonly kinds: Map<number, 'acquire' | 'run'> = new Map()
  loose = 0
  calls = 0
  settled = 0

  constructor(total: number) {
    this.sem = semaphore(this.owner, total)
    this.model = new SemaphoreModel(total)
  }

  acquire(kind: 'acquire' | 'run', asked: number, priority: number, abortable: boolean): void {
    const { sem, model } = this
    const id = this.calls++
    const size = Math.min(asked, model.total)
    const tracked = abortable ? trackSignal() : undefined
    if (tracked) this.signals.set(id, tracked)
    const refusedAtOnce = model.aborted
    const waits = !refusedAtOnce && !model.acquire({ id, weight: size, priority })
    if (waits) this.kinds.set(id, kind)
    const note = (outcome: Outcome[1]): void => {
      this.settled++
      if (waits) this.outcomes[kind].push([id, outcome])
      else expect(outcome, `call ${id} at once`).toBe(refusedAtOnce ? 'ended' : 'got it')
    }
    const options = { weight: size, priority, ...(tracked && { signal: tracked.signal }) }
    const refused = (error: unknown): void => {
      if (error !== this.reason) expect(error).toBe(tracked?.signal.reason)
      expect(isCancelled(error)).toBe(true)
      note(error === this.reason ? 'ended' : 'cancelled')
    }
    if (kind === 'acquire') {
      sem.acquire(options).then((permit) => {
        expect(permit.weight).toBe(size)
        note('got it')
        this.permits.push(permit)
      }, refused)
      return
    }
    let started = false
    const body = (): Promise<void> => {
      started = true
      note('got it')
      return new Promise((resolve) => this.running.push({ weight: size, end: resolve }))
    }
    sem.acquire(body, options).catch(refused)
    expect(started, 'starts at once if there is no wait').toBe(!waits && !refusedAtOnce)
  }

  async step([name, ...args]: Op): Promise<void> {
    const { sem, model } = this
    const [first = 0] = args as readonly number[]
    if (name === 'acquire' || name === 'run') this.acquire(name, ...(args as [number, number, boolean]))
    else if (name === 'release' || name === 'release twice') this.#release(first, name)
    else if (name === 'end') await this.#end(first)
    else if (name === 'cancel') this.#cancel(first)
    else if (name === 'try') {
      const taken = sem.tryAcquire(first)
      expect(taken).toBe(model.tryAcquire(first))
      if (taken) this.loose += first
    } else if (name === 'give') this.#give(first)
    else if (name === 'resize') {
      sem.resize(first)
      model.resize(first)
    } else if (name === 'abort') {
      this.owner.cancel(this.reason)
      model.abort()
    } else await microtasks(6)
    this.compare()
  }

  #release(at: number, name: string): void {
    const [permit] = this.permits.splice(at, 1)
    if (permit === undefined) return
    permit.release()
    if (name === 'release twice') permit[Symbol.dispose]()
    this.model.release(permit.weight)
  }

  /** The body's end is noticed in microtasks; nothing else happens meanwhile, so that the model knows when. */
  async #end(at: number): Promise<void> {
    await microtasks(6)
    const [body] = this.running.splice(at, 1)
    if (body === undefined) return
    body.end()
    await microtasks(6)
    this.model.release(body.weight)
  }

  #cancel(at: number): void {
    const id = [...this.signals.keys()][at]
    if (id === undefined) return
    this.signals.get(id)?.abort(new Error(`cancelled ${id}`))
    this.model.cancel(id)
  }

  #give(asked: number): void {
    const held = this.permits.reduce((sum, permit) => sum + permit.weight, 0)
    if (asked > this.loose) {
      // What is held by permits would be accepted too, and is theirs: this program does not mix the two.
      if (asked > this.loose + held && this.#nothingUnderWay())
        expect(() => this.sem.release(asked)).toThrow(RangeError)
      return
    }
    this.sem.release(asked)
    this.loose -= asked
    this.model.release(asked)
  }

  /** True when every permit that was handed over has been reported. */
  #nothingUnderWay(): boolean {
    return this.settled === this.calls - this.model.queue.length
  }

  compare(): void {
    const { sem, model, owner } = this
    expect([sem.available, sem.waiting, sem.totalPermits]).toEqual([model.available, model.queue.length, model.total])
    expect(owner.entries).toBe(model.queue.length > 0 ? 1 : 0)
  }

  async finish(): Promise<void> {
    await microtasks(8)
    for (const kind of ['acquire', 'run'] as const) {
      for (const what of ['got it', 'cancelled', 'ended'] as const) {
        const expected = this.model.outcomes.filter(([id, outcome]) => this.kinds.get(id) === kind && outcome === what)
        expect(this.outcomes[kind].filter(([, outcome]) => outcome === what)).toEqual(expected)
      }
    }
    const listened = [...this.signals.values()].filter(({ listenerCount }) => listenerCount > 0)
    const waiting = this.model.queue.filter(({ id }) => this.signals.has(id))
    expect(listened.length, 'signals that are listened to').toBe(waiting.length)
  }

  /** Gives everything back: nobody is left waiting, and all permits are there. */
  async drain(): Promise<void> {
    const { sem, model } = this
    sem.resize(9)
    model.resize(9)
    if (this.loose > 0) {
      sem.release(this.loose)
      model.release(this.loose)
    }
    for (let left = 50; left > 0 && model.inUse > 0; left--) {
      await this.step(['turn'])
      while (this.permits.length > 0) await this.step(['release', 0])
      while (this.running.length > 0) await this.step(['end', 0])
    }
    await this.finish()
    expect([sem.available, sem.waiting, this.settled, this.owner.entries]).toEqual([9, 0, this.calls, 0])
    for (const { listenerCount } of this.signals.values()) expect(listenerCount).toBe(0)
  }
}

test(
  'the semaphore does what the model does',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        program,
        fc.boolean(),
        program,
        async (total, before, abort, after) => {
          const play = new Play(total)
          for (const each of before) await play.step(each)
          if (abort) await play.step(['abort'])
          for (const each of after) await play.step(each)
          await play.finish()
          await play.drain()
        },
      ),
      { numRuns: runs },
    ),
  runs > 2_000 ? 3_600_000 : 60_000,
)
