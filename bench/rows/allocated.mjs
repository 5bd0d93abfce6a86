/** Bytes that a task allocates, with and without `taskPooling`. The young generation is large here, so that no collection hides any. */
import { setImmediate as macrotask } from 'node:timers/promises'
import { scope } from 'go-go-scope'
import { bare, body } from '../measure.mjs'

const inScope = (options) => async (count) => {
  await using s = scope(options)
  for (let i = 0; i < count; i++) await s.task(body)
}

async function calls(count) {
  for (let i = 0; i < count; i++) await bare(body)
}

async function allocated(way, count) {
  await macrotask()
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  await way(count)
  const bytes = process.memoryUsage().heapUsed - before
  if (bytes <= 0) throw new Error('a collection ran meanwhile')
  return bytes / count
}

const ways = {
  bare: calls,
  'go-go-scope': inScope({}),
  'go-go-scope, taskPooling': inScope({ taskPooling: { enabled: true, maxSize: 1_000 } }),
}

export const rows = [
  {
    id: 'allocated',
    name: 'a task, in bytes allocated',
    what: 'bytes that a task allocates, with and without `taskPooling`, which is off by default; bare is a call in try and catch',
    unit: 'bytes',
    each: 20_000,
    rounds: 9,
    ways,
    measure: allocated,
  },
]
