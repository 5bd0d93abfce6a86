/**
 * Runs the benchmarks, each in a process of its own, and prints one table: `node bench/index.mjs [word]`. The figures are
 * written to build/bench/node.json too.
 */
import { fork } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Table from 'cli-table3'

const benchmarks = [
  { file: 'task.mjs' },
  { file: 'fan-out.mjs' },
  { file: 'scope.mjs' },
  { file: 'pending.mjs' },
  { file: 'cancel.mjs' },
  { file: 'pooling.mjs', flags: ['--min-semi-space-size=128', '--max-semi-space-size=128'] },
  { file: 'peers.mjs' },
  { file: 'channel.mjs' },
  { file: 'receivers.mjs' },
  { file: 'semaphore.mjs' },
  { file: 'limits.mjs' },
  { file: 'pool.mjs' },
  { file: 'debounce.mjs' },
  { file: 'throttle.mjs' },
  { file: 'retry.mjs' },
  { file: 'breaker.mjs' },
  { file: 'persist.mjs' },
  { file: 'worker.mjs' },
]

/** What a task may cost, in calls of a bare async function with try and catch. */
const goal = 5

function rowsOf({ file, flags = [] }) {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, file), { execArgv: ['--expose-gc', ...flags] })
    let rows
    child.on('message', (message) => (rows = message))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0 && rows !== undefined) resolve(rows)
      else reject(new Error(`${file} ended with exit code ${code}`))
    })
  })
}

function printTable(rows) {
  const table = new Table({
    head: ['what', 'beside', 'ratio', 'min–max', 'figures'],
    colAligns: ['left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const times = (ratio) => `${ratio.toFixed(2)}×`
  for (const { name, beside, ratio, least, most, figures } of rows)
    table.push([name, beside, times(ratio), `${times(least)} – ${times(most)}`, figures])
  console.log(`${table}\n`)
}

/** What is known about the rows where another one is faster. */
function printLearned(rows) {
  for (const { name, beside, ratio, learned } of rows) {
    if (ratio > 1 && learned !== undefined) console.log(`${name}, beside ${beside}: ${learned}`)
  }
}

function judgeGoal(rows) {
  const tasks = rows.filter(({ name }) => name.startsWith('task, '))
  const met = tasks.every(({ ratio }) => ratio <= goal)
  if (tasks.length > 0) console.log(`a task within ${goal} times a bare try/catch: ${met ? 'yes' : 'no'}`)
}

/** Worth having is what the noise does not explain: time saved in every round, or a tenth of the bytes. */
function judgePooling(rows) {
  const [bytes, time] = rows.filter(({ name }) => name.startsWith('taskPooling'))
  if (bytes === undefined || time === undefined) return
  const verdict = time.most < 1 || bytes.ratio < 0.9 ? 'a gain' : 'no gain worth having'
  const cost = `${bytes.ratio.toFixed(2)}× the bytes and ${time.ratio.toFixed(2)}× the time`
  console.log(`taskPooling: ${cost}, ${verdict}, off by default`)
}

const words = process.argv.slice(2)
const wanted = benchmarks.filter(({ file }) => words.length === 0 || words.some((word) => file.includes(word)))
if (wanted.length === 0) throw new Error(`No benchmark is called ${words.join(' or ')}`)
const rows = []
for (const benchmark of wanted) rows.push(...(await rowsOf(benchmark)))
console.log(`ratios of interleaved rounds on Node ${process.versions.node}: median, least and most; less is better`)
printTable(rows)
printLearned(rows)
judgeGoal(rows)
judgePooling(rows)
const folder = join(import.meta.dirname, '..', 'build', 'bench')
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'node.json'), `${JSON.stringify({ node: process.versions.node, rows }, null, 2)}\n`)
