/** Many tasks started at once and awaited together. */
import { scope } from 'go-go-scope'
import { bare, body, compare, elapsed, report } from './measure.mjs'

const count = 20_000
const all = (start) => Promise.all(Array.from({ length: count }, start))

async function tasks() {
  const s = scope()
  const time = await elapsed(() => all(() => s.task(body)))
  await s[Symbol.asyncDispose]()
  return time
}

async function parallel() {
  const s = scope()
  const factories = Array.from({ length: count }, () => body)
  const time = await elapsed(() => s.parallel(factories))
  await s[Symbol.asyncDispose]()
  return time
}

const promises = () => elapsed(() => all(() => bare(body)))

report(
  await compare('fan-out, 20,000 tasks', tasks, promises, { beside: 'Promise.all' }),
  await compare('parallel, 20,000 factories', parallel, promises, { beside: 'Promise.all' }),
)
