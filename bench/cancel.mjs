/** The time from cancelling a scope until each of its tasks has its Result. */
import { scope } from 'go-go-scope'
import { bare, compare, elapsed, report } from './measure.mjs'

const untilAbort = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

async function cancelScope(count, makeBody) {
  const { promise: gate, resolve: open } = Promise.withResolvers()
  const s = scope()
  const results = Promise.all(Array.from({ length: count }, () => s.task(makeBody(gate))))
  const time = await elapsed(() => {
    s.cancel()
    return results
  })
  open()
  await s[Symbol.asyncDispose]()
  return time
}

/** One listener and a set of what to reject: a listener each would be quadratic in Node. */
async function abortSet(count) {
  const { signal, abort } = abortable()
  const waiting = new Set()
  signal.addEventListener('abort', () => {
    for (const reject of waiting) reject(signal.reason)
  })
  const pending = () => new Promise((_, reject) => waiting.add(reject))
  const results = Promise.all(Array.from({ length: count }, () => bare(pending)))
  return elapsed(() => {
    abort()
    return results
  })
}

async function abortControllers(count) {
  const controllers = new Set()
  const { signal, abort } = abortable()
  signal.addEventListener('abort', () => {
    for (const controller of controllers) controller.abort(signal.reason)
  })
  const start = () => {
    const controller = new AbortController()
    controllers.add(controller)
    return bare(() => untilAbort(controller))
  }
  const results = Promise.all(Array.from({ length: count }, start))
  return elapsed(() => {
    abort()
    return results
  })
}

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) }
}

const deaf = (count) => () => cancelScope(count, (gate) => () => gate)
const listening = (count) => () => cancelScope(count, () => untilAbort)
const options = { rounds: 9 }

report(
  await compare('cancelling 50,000 tasks', deaf(50_000), () => abortSet(50_000), {
    ...options,
    beside: 'AbortController + Set',
  }),
  await compare('cancelling 50,000 tasks that listen', listening(50_000), () => abortControllers(50_000), {
    ...options,
    beside: 'an AbortController each',
  }),
  await compare('cancelling 100,000 tasks', deaf(100_000), deaf(50_000), {
    ...options,
    beside: '50,000 (linear is 2)',
  }),
)
