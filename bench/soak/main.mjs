/**
 * Runs a program for a long time, an hour by default, `--minutes 2` for two: memory, timers and listeners must stay as they
 * are, nothing may come out wrong, and the event loop must keep turning.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as macrotask } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { trackSignal } from 'go-go-scope/testing'
import { SingleBar } from 'cli-progress'
import { longLived, runRound } from './rounds.mjs'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const lasts = Number(values.minutes) * 60_000
const samples = 40
/** Bytes that the heap may differ by without anything having leaked: what the engine itself learns and forgets. */
const noise = 1_500_000
/** Milliseconds that the loop may be late on a busy machine, but for one turn in a hundred. */
const lateness = 500

const armed = new Set()
for (const [start, stop] of [
  ['setTimeout', 'clearTimeout'],
  ['setInterval', 'clearInterval'],
]) {
  const { [start]: arm, [stop]: disarm } = globalThis
  globalThis[start] = (fn, ms, ...args) => {
    const ring = (...all) => {
      if (start === 'setTimeout') armed.delete(timer)
      fn(...all)
    }
    const timer = arm(ring, ms, ...args)
    armed.add(timer)
    return timer
  }
  globalThis[stop] = (timer) => {
    armed.delete(timer)
    disarm(timer)
  }
}

/** What is in use when nothing goes on. */
async function measure(signal) {
  for (let turn = 0; turn < 5; turn++) await macrotask()
  globalThis.gc()
  return { heap: process.memoryUsage().heapUsed, timers: armed.size, listeners: signal.listenerCount }
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const signal = trackSignal()
const parts = longLived(signal.signal)
const bar = process.stdout.isTTY
  ? new SingleBar({ format: '{bar} {percentage}% | {rounds} rounds | {heap} MB' })
  : undefined
const delays = monitorEventLoopDelay({ resolution: 10 })
const figures = []
const began = performance.now()
let rounds = 0
bar?.start(samples, 0, { rounds, heap: 0 })
delays.enable()
for (let sample = 1; sample <= samples; sample++) {
  while (performance.now() - began < (lasts * sample) / samples) await runRound(parts, rounds++)
  figures.push(await measure(signal))
  bar?.update(sample, { rounds, heap: (figures.at(-1).heap / 1e6).toFixed(1) })
}
delays.disable()
bar?.stop()
await parts.s[Symbol.asyncDispose]()
const after = await measure(signal)

const heapOf = (from, to) => middle(figures.slice(from * samples, to * samples).map(({ heap }) => heap))
const [early, late] = [heapOf(1 / 4, 1 / 2), heapOf(3 / 4, 1)]
const late99 = delays.percentile(99) / 1e6
const checks = [
  [
    `heap ${(early / 1e6).toFixed(2)} MB in the second quarter, ${(late / 1e6).toFixed(2)} MB in the last`,
    late - early < noise,
  ],
  [
    `${Math.max(...figures.map(({ listeners }) => listeners))} listeners on the signal`,
    figures.every(({ listeners }) => listeners <= 1),
  ],
  [
    `${Math.max(...figures.map(({ timers }) => timers))} timers at most between rounds`,
    figures.every(({ timers }) => timers <= 5),
  ],
  [`${after.timers} timers and ${after.listeners} listeners after the end`, after.timers + after.listeners === 0],
  [`one turn in a hundred was late by ${late99.toFixed(0)} ms or more`, late99 < lateness],
  [
    `${rounds.toLocaleString('en')} rounds in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`,
    rounds > 100,
  ],
]
for (const [line, fine] of checks) console.log(`${fine ? '✔' : '✖'} ${line}`)
const passed = checks.filter(([, fine]) => fine).length
console.log(`${passed} passed, ${checks.length - passed} failed`)
process.exitCode = passed === checks.length ? 0 : 1
