/** What is counted: each row opens what it needs and gives one run, which is repeated; a run does one operation, or `each`. */
import * as lib from 'go-go-scope'

const body = async () => 1
const fine = ([error]) => {
  if (error !== undefined) throw error
}

/** A row in a scope of its own. */
const inScope = (make, options) => () => {
  const s = lib.scope(options)
  return { run: make(s), end: () => s[Symbol.asyncDispose]() }
}

/** A task with these options, one after another. */
const taskWith = (options, scopeOptions) => inScope((s) => async () => fine(await s.task(body, options)), scopeOptions)

/** Operations that begin together, a run of them. */
const together = (each, make, options) => () => {
  const s = lib.scope(options)
  const one = make(s)
  const run = async () => (await Promise.all(Array.from({ length: each }, one))).forEach(fine)
  return { run, each, end: () => s[Symbol.asyncDispose]() }
}

function failingOnce() {
  const failure = new Error('once')
  return inScope((s) => async () => {
    let attempts = 0
    const once = async () => {
      if (attempts++ === 0) throw failure
      return attempts
    }
    fine(await s.task(once, { retry: { max: 3, delay: 0 } }))
  })()
}

const never = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

export const rows = {
  'a bare call': () => ({ run: async () => fine([undefined, await body()]) }),
  'an empty scope': () => ({
    run: async () => {
      await using _s = lib.scope()
    },
  }),
  'a scope with a task': () => ({
    run: async () => {
      await using s = lib.scope()
      fine(await s.task(body))
    },
  }),
  'a child scope': inScope((s) => async () => {
    await using _child = s.createChild()
  }),
  'a task': taskWith(),
  'a task with a permit': taskWith(undefined, { concurrency: 1 }),
  'one task of a hundred at once': together(100, (s) => () => s.task(body)),
  'one task of a hundred, ten at a time': together(100, (s) => () => s.task(body), { concurrency: 10 }),
  'a task with a timeout': taskWith({ timeout: 1_000 }),
  'a task with a retry that is not needed': taskWith({ retry: { max: 3, delay: 0 } }),
  'a task that fails once': failingOnce,
  'a task with a breaker': taskWith({
    circuitBreaker: lib.circuitBreaker({ failureThreshold: 5, resetTimeout: 1_000 }),
  }),
  'a task with a memo that hits': taskWith({ memo: { key: 'k', ttl: Number.POSITIVE_INFINITY } }),
  'a task that is cancelled': inScope((s) => async () => {
    const task = s.task(never)
    task.cancel()
    await task.settled
  }),
  'parallel, two of two': inScope((s) => async () => (await s.parallel([body, body])).forEach(fine)),
  'a race of two': inScope((s) => async () => fine(await s.race([body, body]))),
  'a message, buffered': inScope((s) => {
    const ch = s.channel(1)
    return async () => {
      await ch.send(1)
      await ch.receive()
    }
  }),
  'a message, hand to hand': inScope((s) => {
    const ch = s.channel(0)
    return async () => {
      const received = ch.receive()
      await ch.send(1)
      await received
    }
  }),
  'a permit of a semaphore': inScope((s) => {
    const permits = s.semaphore(1)
    return () => permits.acquire(body)
  }),
  'a permit that ten want at once': together(10, (s) => {
    const permits = s.semaphore(1)
    return async () => [undefined, await permits.acquire(body)]
  }),
  'a resource of a pool': inScope((s) => {
    const pool = s.pool({ create: async () => ({}), destroy: async () => {}, max: 1 })
    return async () => pool.release(await pool.acquire())
  }),
  'a debounced call': inScope((s) => {
    const call = s.debounce(body, { wait: 1_000 })
    return async () => void call().catch(() => {})
  }),
}
