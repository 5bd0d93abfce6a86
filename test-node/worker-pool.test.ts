/** The pool of workers over workers that the test plays, in virtual time. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Result } from '../src/base/result.js'
import { createProgressContext } from '../src/persist/progress.js'
import { type VirtualClock, virtualTime } from '../src/testing/index.js'
import { NoOpLogger } from '../src/scope/log.js'
import { encodeError } from '../src/worker/error-codec.js'
import { WorkerCrashedError, WorkerStartError } from '../src/worker/errors.js'
import type { Job, WorkerPoolOptions } from '../src/worker/job.js'
import { WorkerPool } from '../src/worker/pool.js'
import { type WorkerTarget, workerTarget, workerTasks } from '../src/worker/target.js'
import { Owner } from './lifetime-stub.js'
import { FakeHost } from './worker-host-stub.js'

let clock: VirtualClock
beforeEach(() => {
  clock = virtualTime()
})
afterEach(() => clock.restore())

type Tried = Job & { readonly outcomes: Result<Error, unknown>[]; starts: number }

function jobOf(target: WorkerTarget = workerTarget(() => 'here'), data?: unknown): Tried {
  const outcomes: Result<Error, unknown>[] = []
  return {
    name: 'job',
    target,
    data,
    transfer: [],
    context: () => ({
      data,
      signal: new AbortController().signal,
      logger: new NoOpLogger(),
      progress: createProgressContext(),
      attempt: 1,
    }),
    starts: 0,
    started() {
      this.starts++
    },
    ended: (outcome) => outcomes.push(outcome),
    holder: undefined,
    outcomes,
  }
}

function cancel(job: Job | undefined, reason: Error): void {
  job?.holder?.cancel(job, reason)
}

function open(options: WorkerPoolOptions = {}): { owner: Owner; host: FakeHost; pool: WorkerPool; run: () => Tried } {
  const owner = new Owner()
  const host = new FakeHost()
  const pool = new WorkerPool(owner, host, options)
  const run = (): Tried => {
    const job = jobOf()
    pool.run(job)
    return job
  }
  return { owner, host, pool, run }
}

test('a worker is started when there is work, up to the size of the host', async () => {
  const { host, pool, run } = open()
  expect(host.workers).toHaveLength(0)
  for (let i = 0; i < 5; i++) run()
  expect(host.workers).toHaveLength(3)
  expect(pool.waiting).toBe(2)
  await pool.end()
})

test('a job is sent after the hello, and the next one after its end', async () => {
  const { host, pool, run } = open({ size: 1 })
  const [first, second] = [run(), run()]
  const [worker] = host.workers
  expect(worker?.orders).toHaveLength(0)
  expect(first?.starts).toBe(0)
  worker?.hello()
  expect(worker?.orders).toHaveLength(1)
  worker?.done(1)
  expect(first?.outcomes).toEqual([[undefined, 1]])
  expect(worker?.orders).toHaveLength(2)
  worker?.done(2)
  expect(second?.outcomes).toEqual([[undefined, 2]])
  await pool.end()
  expect(clock.pendingTimers).toBe(0)
})

test('a free worker holds no process open and is ended when its time is over', async () => {
  const { host, run, pool } = open()
  run()
  const [worker] = host.workers
  expect(worker?.held).toBe(true)
  worker?.hello()
  worker?.done()
  expect(worker?.held).toBe(false)
  await clock.advance(59_999)
  expect(pool.total).toBe(1)
  await clock.advance(1)
  expect(pool.total).toBe(0)
  expect(worker?.ended).toBe(true)
  expect(clock.pendingTimers).toBe(0)
})

test('the idle time counts from the last job, also when it would be over while that runs', async () => {
  const { host, run, pool } = open()
  run()
  const [worker] = host.workers
  worker?.hello()
  worker?.done()
  await clock.advance(40_000)
  run()
  await clock.advance(30_000) // 70 000 after the first job
  expect(worker?.ended).toBe(false)
  worker?.done()
  await clock.advance(59_999)
  expect(pool.total).toBe(1)
  await clock.advance(1)
  expect(pool.total).toBe(0)
  expect(clock.pendingTimers).toBe(0)
})

test('an idle worker has a job before one that still loads, which may never be ready', async () => {
  const { host, run, pool } = open({ size: 2 })
  const [, second] = [run(), run()]
  host.workers[0]?.hello()
  host.workers[0]?.done()
  cancel(second, new Error('not wanted')) // its worker loads on, without a job
  const next = run()
  expect(next.starts).toBe(1)
  await pool.end()
})

test('a worker whose start starts another job does not make one too many', async () => {
  const { host, pool } = open({ size: 1 })
  const inner = jobOf()
  const spawn = host.spawn.bind(host)
  host.spawn = (code, events) => {
    host.spawn = spawn
    pool.run(inner)
    return spawn(code, events)
  }
  pool.run(jobOf())
  expect(pool.total).toBe(1)
  expect(pool.waiting).toBe(1)
  host.workers[0]?.hello()
  host.workers[0]?.done()
  expect(inner.starts).toBe(1)
  await pool.end()
})

test('a start that fails does not hold up a job that it has started itself', async () => {
  const { host, pool } = open({ size: 1 })
  const [outer, inner] = [jobOf(), jobOf()]
  const spawn = host.spawn.bind(host)
  host.spawn = () => {
    host.spawn = spawn
    pool.run(inner)
    throw new Error('no worker')
  }
  pool.run(outer)
  expect(outer.outcomes[0]?.[0]).toBeInstanceOf(WorkerStartError)
  host.workers[0]?.hello()
  host.workers[0]?.done()
  expect(inner.outcomes).toEqual([[undefined, 'done']])
  await pool.end()
})

test('a cancelled job does not run here instead when its worker turns out to be forbidden', async () => {
  const { host, run, pool } = open()
  const job = run()
  host.workers[0]?.hello()
  const reason = new Error('enough')
  cancel(job, reason)
  const error = encodeError(new Error('refused import'), true)
  host.workers[0]?.say({ goGoScope: 'failed', id: 1, why: 'unreadable', error, captured: undefined })
  expect(job.outcomes).toEqual([[reason, undefined]])
  expect(job.starts).toBe(1)
  await pool.end()
})

test('a job that is cancelled while its data are copied is told after it was sent', async () => {
  const { host, pool } = open()
  const data = {
    get value() {
      cancel(job, new Error('amid'))
      return 1
    },
  }
  const job = jobOf(workerTarget(() => 'here'), data)
  pool.run(job)
  host.workers[0]?.hello()
  expect(host.workers[0]?.sent.map(({ goGoScope }) => goGoScope)).toEqual(['init', 'run', 'abort'])
  await pool.end()
})

test('without workers a job can be taken back until its body is called', async () => {
  let ran = false
  const pool = new WorkerPool(new Owner(), undefined, {})
  const job = jobOf(
    workerTarget(() => {
      ran = true
    }),
  )
  pool.run(job)
  const reason = new Error('not wanted')
  cancel(job, reason)
  await clock.advance(0)
  expect(job.outcomes).toEqual([[reason, undefined]])
  expect(ran).toBe(false)
})

test('a worker with more to do holds the process open all the time', async () => {
  const { host, run, pool } = open({ size: 1 })
  run()
  run()
  const [worker] = host.workers
  worker?.hello()
  const held: boolean[] = []
  if (worker !== undefined) worker.hold = (open) => void held.push(open)
  worker?.done()
  expect(held).toEqual([true])
  worker?.done()
  expect(held).toEqual([true, false])
  await pool.end()
})

test('idleTimeout: 0 ends it at once, Infinity never', async () => {
  for (const [idleTimeout, left] of [
    [0, 0],
    [Infinity, 1],
  ] as const) {
    const { host, run, pool } = open({ idleTimeout })
    run()
    host.workers[0]?.hello()
    host.workers[0]?.done()
    await clock.advance(1e9)
    expect(pool.total).toBe(left)
    await pool.end()
    expect(clock.pendingTimers).toBe(0)
  }
})

test('a job that is cancelled while its worker loads never starts, and the worker takes the next one', async () => {
  const { host, run, pool } = open({ size: 1 })
  const [first, second] = [run(), run()]
  const reason = new Error('not wanted')
  cancel(first, reason)
  expect(first?.outcomes).toEqual([[reason, undefined]])
  host.workers[0]?.hello()
  expect(host.workers[0]?.orders).toHaveLength(1)
  host.workers[0]?.done(2)
  expect(second?.outcomes).toEqual([[undefined, 2]])
  expect(first?.starts).toBe(0)
  await pool.end()
})

test('a running job that is cancelled has a second, then its worker is replaced', async () => {
  const { host, run, pool } = open({ size: 1 })
  const [first, second] = [run(), run()]
  const reason = new Error('enough')
  host.workers[0]?.hello()
  cancel(first, reason)
  expect(host.workers[0]?.sent.at(-1)?.goGoScope).toBe('abort')
  await clock.advance(999)
  expect(first?.outcomes).toHaveLength(0)
  await clock.advance(1)
  expect(first?.outcomes).toEqual([[reason, undefined]])
  expect(host.workers[0]?.ended).toBe(true)
  expect(host.workers).toHaveLength(2)
  host.workers[1]?.hello()
  host.workers[1]?.done(2)
  expect(second?.outcomes).toEqual([[undefined, 2]])
  await pool.end()
  expect(clock.pendingTimers).toBe(0)
})

test('one that ends in time keeps its worker', async () => {
  const { host, run, pool } = open({ size: 1 })
  const job = run()
  const reason = new Error('enough')
  host.workers[0]?.hello()
  cancel(job, reason)
  cancel(job, new Error('again'))
  host.workers[0]?.done('late')
  expect(job.outcomes).toEqual([[reason, undefined]])
  await clock.advance(5_000)
  expect(pool.total).toBe(1)
  await pool.end()
})

test('a module that never says hello is given up', async () => {
  const { host, pool } = open()
  const w = workerTasks<{ add(): number }>({ url: 'w.js' })
  const job = jobOf(workerTarget(w.add))
  pool.run(job)
  expect(host.workers[0]?.code).toMatchObject({ from: 'module', url: 'w.js' })
  await clock.advance(30_000)
  const [error] = job.outcomes[0] ?? []
  expect(error).toBeInstanceOf(WorkerStartError)
  expect(error?.message).toMatch(/30000ms: does it call expose/)
  expect(clock.pendingTimers).toBe(0)
})

test('what ends a free worker is reported, and what ends a busy one is its job', () => {
  const { owner, host, run } = open({ size: 2 })
  const job = run()
  const cause = new Error('late')
  host.workers[0]?.hello()
  host.workers[0]?.events.onError(cause)
  host.workers[0]?.events.onExit()
  const [error] = job.outcomes[0] ?? []
  expect(error).toBeInstanceOf(WorkerCrashedError)
  expect(error?.cause).toBe(cause)
  expect(owner.reports).toHaveLength(0)
  run()
  host.workers[1]?.hello()
  host.workers[1]?.done()
  host.workers[1]?.events.onExit()
  expect(owner.reports).toHaveLength(1)
  expect(clock.pendingTimers).toBe(0)
})

test('a host that cannot start one fails the job, and tries again with the next', async () => {
  const { host, run, pool } = open()
  host.refusal = new Error('no threads left')
  const job = run()
  expect(job.outcomes[0]?.[0]).toBeInstanceOf(WorkerStartError)
  expect(job.outcomes[0]?.[0]?.cause).toBe(host.refusal)
  host.refusal = undefined
  run()
  expect(host.workers).toHaveLength(1)
  await pool.end()
})

test('a policy that refuses workers counts as none: everything runs here, with one warning', async () => {
  const { owner, host, run, pool } = open({ size: 1 })
  const warnings: string[] = []
  owner.warn = (message) => void warnings.push(message)
  const jobs = [run(), run()]
  host.workers[0]?.events.onError(new Error('refused by the page'))
  await clock.advance(0)
  jobs.push(run())
  await clock.advance(0)
  for (const job of jobs) expect(job.outcomes).toEqual([[undefined, 'here']])
  expect(host.workers).toHaveLength(1)
  expect(warnings).toHaveLength(1)
  await pool.end()
  expect(clock.pendingTimers).toBe(0)
})

test('the same when the start itself throws, or the function cannot be imported there', async () => {
  const thrown = open()
  thrown.host.refusal = new Error('refused at once')
  const first = thrown.run()
  const imported = open()
  const second = imported.run()
  imported.host.workers[0]?.hello()
  const error = { value: new Error('refused import') }
  imported.host.workers[0]?.say({ goGoScope: 'failed', id: 1, why: 'unreadable', error, captured: undefined })
  await clock.advance(0)
  for (const job of [first, second]) expect(job.outcomes).toEqual([[undefined, 'here']])
  const strict = open({ fallback: 'error' })
  strict.host.refusal = new Error('refused at once')
  expect(strict.run().outcomes[0]?.[0]).toBeInstanceOf(WorkerStartError)
})

test('foreign messages and those of earlier jobs are not heard', async () => {
  const { host, run, pool } = open({ size: 1 })
  const job = run()
  const [worker] = host.workers
  worker?.hello()
  for (const message of [null, 5, 'done', { type: 'done' }]) worker?.events.onMessage(message)
  worker?.say({ goGoScope: 'done', id: 99, value: 'of another' })
  worker?.hello()
  expect(job.outcomes).toHaveLength(0)
  worker?.done('own')
  worker?.done('again')
  expect(job.outcomes).toEqual([[undefined, 'own']])
  await pool.end()
})

test('saves go to the checkpoint of the task, and back', async () => {
  const { host, pool } = open({ size: 1 })
  const saved: unknown[] = []
  const save = async (data: unknown): Promise<void> => {
    if (data === 'bad') throw new Error('disk full')
    saved.push(data)
  }
  const job = jobOf()
  const context = job.context()
  pool.run(Object.assign(job, { context: () => ({ ...context, checkpoint: { save, data: 'before' } }) }))
  const [worker] = host.workers
  worker?.hello()
  expect(worker?.orders[0]?.checkpoint).toEqual({ data: 'before' })
  worker?.say({ goGoScope: 'save', id: 1, save: 1, data: 'after' })
  worker?.say({ goGoScope: 'save', id: 1, save: 2, data: 'bad' })
  await clock.advance(0)
  expect(saved).toEqual(['after'])
  const answers = worker?.sent.filter((message) => message.goGoScope === 'saved') ?? []
  expect(answers).toMatchObject([
    { save: 1, data: 'after' },
    { save: 2, error: { message: 'disk full' } },
  ])
  expect(answers[0]?.error).toBeUndefined()
  await pool.end()
})

type Step = { readonly what: 'run' | 'cancel' | 'hello' | 'done' | 'die' | 'wait'; readonly which: number }

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('run', 'run', 'cancel', 'hello', 'done', 'done', 'die', 'wait'),
    which: fc.nat(9),
  }),
  { maxLength: 40 },
)

test('whatever happens: never too many workers, each job once, every job ends, nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (program, size) => {
      const { host, pool } = open({ size, idleTimeout: 50 })
      const targets = [workerTarget(() => 1), workerTarget(workerTasks<{ a(): 1 }>({ url: 'w.js' }).a)]
      const jobs: Tried[] = []
      for (const { what, which } of program) {
        const worker = host.live[which % Math.max(1, host.live.length)]
        if (what === 'run') {
          const job = jobOf(targets[which % 2])
          jobs.push(job)
          pool.run(job)
        } else if (what === 'cancel') cancel(jobs[which % Math.max(1, jobs.length)], new Error('cancelled'))
        else if (what === 'hello') worker?.hello()
        else if (what === 'done') worker?.done()
        else if (what === 'die') worker?.events.onExit()
        else await clock.advance(which * 100)
        expect(host.live.length).toBeLessThanOrEqual(size)
        expect(host.live.length).toBe(pool.total)
      }
      for (const job of jobs) cancel(job, new Error('the end'))
      await clock.advance(1_000)
      await pool.end()
      for (const job of jobs) {
        expect(job.outcomes).toHaveLength(1)
        expect(job.starts).toBeLessThanOrEqual(1)
      }
      expect(host.live).toHaveLength(0)
      expect(clock.pendingTimers).toBe(0)
    }),
    { numRuns: process.env.TEST_LONG === '1' ? 5_000 : 200 },
  )
})
