/**
 * Counts what one operation of a row costs, whatever the machine: promises made, turns of the microtask queue, timers,
 * listeners, signals, and bytes allocated. Run with the optimizing compilers off, so that it counts what the source says.
 */
import { promiseHooks } from 'node:v8'
import { rows } from './rows.mjs'

const times = 1_000
const counts = { promises: 0, turns: 0, timers: 0, listeners: 0, signals: 0 }

/** Counts the calls of a function that stays what it is. */
function counted(owner, name, kind) {
  const real = owner[name]
  owner[name] = function (...args) {
    counts[kind]++
    return Reflect.apply(real, this, args)
  }
}

counted(globalThis, 'setTimeout', 'timers')
counted(EventTarget.prototype, 'addEventListener', 'listeners')
globalThis.AbortController = class extends AbortController {
  constructor() {
    super()
    counts.signals++
  }
}

async function repeat(run, runs) {
  for (let i = 0; i < runs; i++) await run()
}

/** Bytes allocated by `work`: none is given back meanwhile, as the young generation is large enough for all. */
async function bytesOf(work) {
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  await work()
  return process.memoryUsage().heapUsed - before
}

async function count(open) {
  const { run, end, each = 1 } = open()
  const all = () => repeat(run, times / each)
  await all() // what is made once is not the price of each
  const bytes = await bytesOf(all)
  const stop = promiseHooks.createHook({ init: () => void counts.promises++, before: () => void counts.turns++ })
  for (const kind of Object.keys(counts)) counts[kind] = 0
  await all()
  stop()
  const figures = { ...counts, bytes }
  await end?.()
  return Object.fromEntries(Object.entries(figures).map(([kind, value]) => [kind, Math.round(value / times)]))
}

const names = process.argv.slice(2)
const wanted = Object.entries(rows).filter(([name]) => names.length === 0 || names.includes(name))
const answer = {}
for (const [name, open] of wanted) answer[name] = await count(open)
console.log(JSON.stringify(answer))
