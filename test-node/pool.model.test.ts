/**
 * The pool against a sequential model, and against its invariants, under random programs.
 *
 * `create`, `destroy` and `healthCheck` end when the program says so. Times are multiples of 7 and limits are not, so that
 * no two causes fall on one instant. A failure prints the program that shows it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCancelled } from '../src/base/errors.js'
import { PoolTimeoutError, ReleaseError } from '../src/sync/errors-pool.js'
import { pool, type ResourcePool } from '../src/sync/pool.js'
import { type VirtualClock, virtualTime } from '../src/testing/index.js'
import { Owner } from './lifetime-stub.js'

const runs = process.env.TEST_LONG === '1' ? 500_000 : 2_000
const acquireTimeout = 1_001

type Op =
  | readonly ['acquire']
  | readonly ['abort', number]
  | readonly ['release', number]
  | readonly ['release twice', number]
  | readonly ['created' | 'create failed' | 'destroyed' | 'destroy failed' | 'healthy' | 'unhealthy', number]
  | readonly ['advance', number]
  | readonly ['cancel']

const pick = fc.nat({ max: 7 })
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Op>(['acquire']) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('abort' as const), pick) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('release' as const), pick) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('release twice' as const), pick) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('created' as const, 'destroyed' as const, 'healthy' as const), pick),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom('create failed' as const, 'destroy failed' as const, 'unhealthy' as const),
      pick,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('advance' as const),
      fc.nat({ max: 120 }).map((sevens) => sevens * 7),
    ),
  },
)
const program = fc.array(op, { maxLength: 40 })
const limits = fc
  .record({ max: fc.integer({ min: 1, max: 4 }), min: fc.nat({ max: 2 }), maxUses: fc.constantFrom(1, 2, Infinity) })
  .map(({ max, min, maxUses }) => ({ max, min: Math.min(min, max), maxUses }))

/** A call of the user's function that has not ended. */
interface Call {
  readonly id: number
  readonly resolve: (value?: unknown) => void
  readonly reject: (error: Error) => void
}

/** Sees the pool from outside: counts what was created, lent, destroyed. */
class World {
  readonly creating: Call[] = []
  readonly destroying: Call[] = []
  readonly checking: Call[] = []
  readonly alive: Set<number> = new Set()
  readonly ended: Set<number> = new Set()
  readonly outcomes: (number | 'timeout' | 'failed' | 'cancelled' | undefined)[] = []
  readonly lent: number[] = []
  readonly order: number[] = []
  readonly aborts: AbortController[] = []
  /** What must never be; thrown in a callback of the pool it would be a failed `create`. */
  readonly wrong: string[] = []
  lastReleased: number | undefined
  created = 0
  readonly max: number

  constructor(max: number) {
    this.max = max
  }

  call(list: Call[], id: number): Promise<never> {
    return new Promise((resolve, reject) => {
      list.push({ id, resolve: resolve as Call['resolve'], reject })
      this.check()
    })
  }

  create(): Promise<number> {
    return this.call(this.creating, ++this.created)
  }

  destroy(id: number): Promise<void> {
    if (!this.alive.delete(id)) this.wrong.push(`${id} is destroyed, but does not exist`)
    if (this.ended.has(id)) this.wrong.push(`${id} is destroyed twice`)
    this.ended.add(id)
    return this.call(this.destroying, id)
  }

  check(): void {
    const held = this.alive.size + this.creating.length + this.destroying.length
    if (held > this.max) this.wrong.push(`${held} resources, more than ${this.max}`)
  }

  acquire(p: ResourcePool<number>): void {
    const at = this.outcomes.push(undefined) - 1
    const controller = new AbortController()
    this.aborts.push(controller)
    p.acquire({ signal: controller.signal }).then(
      (id) => {
        if (this.lent.includes(id)) this.wrong.push(`${id} is lent twice`)
        if (!this.alive.has(id)) this.wrong.push(`${id} is lent, but does not exist`)
        this.lent.push(id)
        this.order.push(at)
        this.outcomes[at] = id
      },
      (error: unknown) => {
        const late = error instanceof PoolTimeoutError ? 'timeout' : 'failed'
        this.outcomes[at] = isCancelled(error) ? 'cancelled' : late
      },
    )
  }

  /** Does one step; undefined if there is nothing to do it to. */
  async step(step: Op, p: ResourcePool<number>, clock: VirtualClock): Promise<number | undefined> {
    switch (step[0]) {
      case 'acquire':
        this.acquire(p)
        return 0
      case 'abort': {
        const open = this.outcomes.flatMap((outcome, at) => (outcome === undefined ? [at] : []))
        const at = at0(open, step[1])
        if (at !== undefined) this.aborts[at]?.abort(new Error('left'))
        return at
      }
      case 'release': {
        const id = take(this.lent, step[1])
        if (id !== undefined) void p.release((this.lastReleased = id))
        return id
      }
      case 'release twice': {
        const id = this.lastReleased
        if (id !== undefined && !this.lent.includes(id)) expect(() => p.release(id)).toThrow(ReleaseError)
        return undefined
      }
      case 'advance':
        await clock.advance(step[1])
        return step[1]
      case 'cancel':
        return undefined
      default:
        return this.end(step[0], step[1])
    }
  }

  end(what: string, pick: number): number | undefined {
    const list = what.startsWith('create')
      ? this.creating
      : what.startsWith('destroy')
        ? this.destroying
        : this.checking
    const call = take(list, pick)
    if (call === undefined) return undefined
    if (what === 'created') {
      this.alive.add(call.id)
      call.resolve(call.id)
    } else if (what.endsWith('failed')) call.reject(new Error('failed'))
    else call.resolve({ healthy: what === 'healthy' })
    return call.id
  }
}

function at0<X>(list: readonly X[], pick: number): X | undefined {
  return list.length === 0 ? undefined : list[pick % list.length]
}

function take<X>(list: X[], pick: number): X | undefined {
  return list.length === 0 ? undefined : list.splice(pick % list.length, 1)[0]
}

/** What a pool without checks and ages does, one step after another. */
class Model {
  readonly idle: number[] = []
  readonly lent: number[] = []
  readonly uses: Map<number, number> = new Map()
  readonly outcomes: World['outcomes'] = []
  waiting: { readonly at: number; readonly deadline: number }[] = []
  creating: { readonly id: number; readonly streak: number }[] = []
  destroying = 0
  created = 0
  streak = 0
  until = 0
  now = 0
  readonly limits: { readonly max: number; readonly min: number; readonly maxUses: number }

  constructor(of: Model['limits']) {
    this.limits = of
    this.serve()
  }

  get total(): number {
    return this.idle.length + this.lent.length
  }

  apply([name, argument]: Op, at: number): void {
    if (name === 'acquire')
      this.waiting.push({ at: this.outcomes.push(undefined) - 1, deadline: this.now + acquireTimeout })
    else if (name === 'abort') this.leave(at, 'cancelled')
    else if (name === 'release') this.release(at)
    else if (name === 'created') this.arrive(at)
    else if (name === 'create failed') this.fail(at)
    else if (name === 'destroyed' || name === 'destroy failed') this.destroying--
    else if (name === 'advance') this.advance(this.now + argument)
    this.serve()
  }

  leave(at: number, outcome: 'cancelled' | 'timeout' | 'failed'): void {
    this.waiting = this.waiting.filter((waiter) => waiter.at !== at)
    this.outcomes[at] = outcome
  }

  release(id: number): void {
    this.lent.splice(this.lent.indexOf(id), 1)
    if ((this.uses.get(id) ?? 0) >= this.limits.maxUses) this.destroying++
    else this.idle.push(id)
  }

  arrive(id: number): void {
    this.creating = this.creating.filter((call) => call.id !== id)
    this.idle.push(id)
    this.streak = this.until = 0
  }

  fail(id: number): void {
    const call = this.creating.find((each) => each.id === id)
    this.creating = this.creating.filter((each) => each !== call)
    if (call?.streak === this.streak) this.until = this.now + Math.min(5_000, 100 * 2 ** this.streak++)
    const [oldest] = this.waiting
    if (oldest !== undefined) this.leave(oldest.at, 'failed')
  }

  advance(target: number): void {
    for (;;) {
      const deadline = this.waiting[0]?.deadline ?? Infinity
      const retry = this.until > this.now ? this.until : Infinity
      const next = Math.min(deadline, retry)
      if (next > target) break
      this.now = next
      if (next === deadline && this.waiting[0] !== undefined) this.leave(this.waiting[0].at, 'timeout')
      this.serve()
    }
    this.now = target
  }

  serve(): void {
    while (this.waiting.length > 0) {
      const id = this.idle.pop()
      if (id !== undefined) {
        const waiter = this.waiting.shift()
        this.lent.push(id)
        this.uses.set(id, (this.uses.get(id) ?? 0) + 1)
        if (waiter !== undefined) this.outcomes[waiter.at] = id
      } else if (this.waiting.length <= this.creating.length || !this.create()) break
    }
    while (this.total + this.creating.length < this.limits.min && this.create()) {}
  }

  create(): boolean {
    const full = this.total + this.creating.length + this.destroying >= this.limits.max
    if (full || this.until > this.now) return false
    this.creating.push({ id: ++this.created, streak: this.streak })
    return true
  }
}

test('does what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(limits, program, async (of, steps) => {
      using clock = virtualTime()
      const owner = new Owner()
      const world = new World(of.max)
      const p = pool<number>(owner, {
        ...of,
        acquireTimeout,
        create: () => world.create(),
        destroy: (id) => world.destroy(id),
      })
      const model = new Model(of)
      for (const step of steps) {
        const at = await world.step(step, p, clock)
        await clock.settle()
        if (at !== undefined) model.apply(step, at)
        expect(world.outcomes).toEqual(model.outcomes)
        expect(p.stats).toMatchObject({
          total: model.total,
          available: model.idle.length,
          inUse: model.lent.length,
          waiting: model.waiting.length,
          creating: model.creating.length,
          destroying: model.destroying,
        })
      }
      await endOf(world, p, owner, clock)
    }),
    { numRuns: runs },
  )
})

test('keeps its invariants with checks and ages', async () => {
  const ages = fc.record({
    idleTimeout: fc.constantFrom(100, 1_000, Infinity),
    maxLifetime: fc.constantFrom(300, 5_000, Infinity),
    leakThreshold: fc.constantFrom(200, Infinity),
    healthCheckTimeout: fc.constantFrom(50, 5_000),
    healthCheckInterval: fc.constantFrom(200, 30_000),
  })
  const steps = fc.array(
    fc.oneof({ weight: 12, arbitrary: op }, { weight: 1, arbitrary: fc.constant<Op>(['cancel']) }),
    {
      maxLength: 40,
    },
  )
  await fc.assert(
    fc.asyncProperty(limits, ages, steps, fc.boolean(), async (of, aged, todo, byPool) => {
      using clock = virtualTime()
      const owner = new Owner()
      const world = new World(of.max)
      const p = pool<number>(owner, {
        ...of,
        ...aged,
        acquireTimeout,
        create: () => world.create(),
        destroy: (id) => world.destroy(id),
        healthCheck: (id) => world.call(world.checking, id),
      })
      for (const step of todo) {
        if (step[0] === 'cancel') {
          if (byPool) p[Symbol.asyncDispose]().catch(() => {})
          else owner.cancel(new Error('over'))
        } else await world.step(step, p, clock)
        await clock.settle()
        world.check()
        const { total, available, inUse, waiting, creating, destroying } = p.stats
        if (byPool && todo.some(([name]) => name === 'cancel')) continue // taken back: theirs are no longer the pool's
        expect(total).toBe(world.alive.size)
        expect(inUse).toBe(world.lent.length)
        expect(creating).toBe(world.creating.length)
        expect(destroying).toBe(world.destroying.length)
        if (!owner.aborted && available > 0) expect(waiting).toBeLessThanOrEqual(total - inUse + creating)
      }
      await endOf(world, p, owner, clock)
    }),
    { numRuns: runs },
  )
})

/** Ends the pool with all that hangs, and looks at what is left: nothing. */
async function endOf(world: World, p: ResourcePool<number>, owner: Owner, clock: VirtualClock): Promise<void> {
  expect(world.wrong).toEqual([])
  expect(world.order).toEqual(world.order.toSorted((a, b) => a - b)) // first come, first served
  let ended = false
  p[Symbol.asyncDispose]().then(
    () => (ended = true),
    () => (ended = true),
  )
  await clock.settle()
  expect(world.outcomes).not.toContain(undefined)
  await clock.advance(10_000)
  while (!ended || world.creating.length + world.destroying.length + world.checking.length > 0) {
    for (const what of ['created', 'destroyed', 'healthy']) while (world.end(what, 0) !== undefined) {}
    await clock.settle()
  }
  expect(world.wrong).toEqual([])
  expect(world.alive.size).toBe(0)
  for (const id of world.lent) await p.release(id) // late, but no mistake
  expect(clock.pendingTimers).toBe(0)
  owner.isDisposed = true
  expect((await owner.dispose()).length).toBe(0)
  expect(owner.entries).toBe(0)
}
