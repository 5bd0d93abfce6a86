/**
 * Compares two ways of doing the same thing, as a ratio.
 *
 * Both run in turn, round after round (A B A B), in one process: what slows the machine down slows both, so that the
 * median of the ratios means something where a single time does not. Benchmark libraries run one way to its end and
 * then the other.
 */
import { setImmediate as macrotask } from 'node:timers/promises'

/** What one does without a library to get the same Result. */
export async function bare(fn) {
  try {
    return [undefined, await fn()]
  } catch (error) {
    return [error, undefined]
  }
}

/** The body of every task here: as little work as an async function can do. */
export const body = async () => 1

/**
 * Milliseconds that the work takes, with the young generation emptied of what ran before. A full collection would
 * throw away hidden classes that no object has just then, and with them the optimized code: that measures V8.
 */
export async function elapsed(work) {
  await macrotask()
  globalThis.gc({ type: 'minor' })
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Bytes in use, garbage not counted. */
export async function heapUsed() {
  await macrotask()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const sorted = (numbers) => numbers.toSorted((a, b) => a - b)
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)]

/**
 * One row of the table: how many times as much `ours` takes as `other`. Each of the two resolves to its own figure.
 *
 * `each` is the number of operations in one run, for figures in nanoseconds an operation; `learned` is printed under the
 * table where ours is not the faster one.
 *
 * @param {{ beside?: string, rounds?: number, warmUp?: number, unit?: string, each?: number, learned?: string }} options
 */
export async function compare(name, ours, other, options = {}) {
  const { beside = 'bare', rounds = 15, warmUp = 2, unit, each, learned } = options
  const figures = []
  for (let round = -warmUp; round < rounds; round++) {
    const figure = [await ours(), await other()]
    if (round >= 0) figures.push(figure)
  }
  const ratios = figures.map(([a, b]) => a / b)
  const [a, b] = [0, 1].map((side) => median(figures.map((figure) => figure[side])))
  return {
    name,
    beside,
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    figures: shown(a, b, unit, each),
    learned,
  }
}

/** Bytes are ours, times the machine's: those say nothing but which of two ways is worth the trouble. */
function shown(a, b, unit, each) {
  if (each !== undefined) return `${[a, b].map((ms) => Math.round((ms * 1e6) / each)).join(' : ')} ns`
  return unit === undefined ? '' : `${Math.round(a)} : ${Math.round(b)} ${unit}`
}

/** One row for each peer, given as `{ beside, work, learned }`: each is measured in turn with `ours`. */
export async function compareAll(name, ours, peers, options) {
  const rows = []
  for (const { beside, work, learned } of peers) {
    rows.push(await compare(name, ours, work, { ...options, beside, learned }))
  }
  return rows
}

/** Throws when a benchmark has not done what it is measured for. */
export function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what}: got ${got} instead of ${wanted}`)
}

/** Hands the rows to whoever started this process. */
export function report(...rows) {
  if (process.send === undefined) console.table(rows)
  else process.send(rows)
}
