/** Bytes that a task holds while its body waits. */
import { scope } from 'go-go-scope'
import { bare, compare, heapUsed, report } from './measure.mjs'

const count = 50_000

/** Bytes for each of `count` tasks that wait for a gate, once they are all there. */
async function held(start, hold) {
  const { promise: gate, resolve: open } = Promise.withResolvers()
  const before = await heapUsed()
  const kept = Array.from({ length: count }, () => start(async () => gate))
  const all = hold(kept)
  const bytes = ((await heapUsed()) - before) / kept.length
  open()
  await all
  return bytes
}

async function tasks(hold) {
  const s = scope()
  const bytes = await held((waiting) => s.task(waiting), hold)
  await s[Symbol.asyncDispose]()
  return bytes
}

const alone = (kept) => kept
const awaited = (kept) => Promise.all(kept)
const options = { rounds: 5, unit: 'bytes' }

report(
  await compare(
    'pending task, memory',
    () => tasks(alone),
    () => held(bare, alone),
    options,
  ),
  await compare(
    'pending task that is awaited, memory',
    () => tasks(awaited),
    () => held(bare, awaited),
    { ...options, beside: 'Promise.all' },
  ),
)
