/** What `taskPooling` gains: bytes allocated for each task, and time. */
import { setImmediate as macrotask } from 'node:timers/promises'
import { scope } from 'go-go-scope'
import { body, compare, elapsed, report } from './measure.mjs'

const pooled = { taskPooling: { enabled: true, maxSize: 1_000 } }

async function inScope(options, measure) {
  const s = scope(options)
  const figure = await measure(s)
  await s[Symbol.asyncDispose]()
  return figure
}

/** Bytes allocated for each task; the young generation is large enough here for no collection to hide any. */
async function allocated(s) {
  const count = 20_000
  await macrotask()
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < count; i++) await s.task(body)
  const bytes = process.memoryUsage().heapUsed - before
  if (bytes <= 0) throw new Error('a collection ran meanwhile')
  return bytes / count
}

const time = (s) =>
  elapsed(async () => {
    for (let i = 0; i < 50_000; i++) await s.task(body)
  })

const pair = (name, measure, options) =>
  compare(
    name,
    () => inScope(pooled, measure),
    () => inScope({}, measure),
    { ...options, beside: 'without taskPooling' },
  )

report(
  await pair('taskPooling, bytes allocated for a task', allocated, { rounds: 9, unit: 'bytes' }),
  await pair('taskPooling, time for a task', time, { rounds: 21 }),
)
