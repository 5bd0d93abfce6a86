/**
 * Measures every way of doing the same thing, in turn, round after round, in one process.
 *
 * What slows the machine down slows all of them, so that the median of the ratios means something where a single time does not.
 * Each round begins with another way, so that none always follows the same one. Benchmark libraries run one way to its end
 * and then the next.
 */
import { setImmediate as macrotask } from 'node:timers/promises'
import { brokenPromise } from './promises.mjs'

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

/** The value of a Result, whose error is thrown. */
export function unwrap([error, value]) {
  if (error !== undefined) throw error
  return value
}

/** Throws when a benchmark has not done what it is measured for. */
export function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what}: got ${got} instead of ${wanted}`)
}

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

const kinds = { bare: 'bare', 'go-go-scope': 'ours' }

/** Ours and the bare language by their name, also where they are there in two variants: `go-go-scope, 50,000`. */
const kindOf = (who) => kinds[who.split(', ')[0]] ?? 'peer'

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

const rotated = (items, by) => items.map((_, at) => items[(at + by) % items.length])

/** What is measured of one way in one round: by default the nanoseconds that one of `each` operations takes. */
async function figureOf(row, who) {
  const way = row.ways[who]
  const count = row.fewer?.[who] ?? row.each
  if (row.measure !== undefined) return row.measure(way, count)
  return ((await elapsed(() => row.work(way, count))) * 1e6) / count
}

async function figuresOf(row, onRound) {
  const { rounds, warmUp } = row
  const names = Object.keys(row.ways)
  const figures = Object.fromEntries(names.map((who) => [who, []]))
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const who of rotated(names, round)) {
      const figure = await figureOf(row, who)
      if (round >= warmUp) figures[who].push(figure)
    }
    onRound()
  }
  return figures
}

async function brokenOf(row) {
  const broken = {}
  for (const [who, way] of Object.entries(row.ways)) {
    const kind = kindOf(who)
    if (kind === 'bare') continue
    broken[who] = await brokenPromise(row.promises, way)
    if (kind === 'ours' && broken[who] !== undefined) throw new Error(`${row.name}, ${who}: ${broken[who]}`)
  }
  return broken
}

/** The figures of a row, with what its goal asks about them; medians are of rounds, those of two ways of the same ones. */
export class Measured {
  #figures

  constructor(figures) {
    this.#figures = figures
  }

  /** How many times as much one way takes as another. */
  times(who, other) {
    return median(this.#figures[who].map((figure, round) => figure / this.#figures[other][round]))
  }

  /** How much more one way takes than another. */
  above(who, other) {
    return median(this.#figures[who].map((figure, round) => figure - this.#figures[other][round]))
  }

  span(who) {
    const all = this.#figures[who]
    return { median: median(all), least: Math.min(...all), most: Math.max(...all) }
  }
}

/**
 * Checks what each way promises, measures them all, and judges the goal.
 *
 * @param {object} row one of the modules in `rows`
 * @param {() => void} onRound called after each
 * @param {(who: string) => string | undefined} versionOf
 */
export async function measureRow(row, onRound, versionOf) {
  const broken = await brokenOf(row)
  const measured = new Measured(await figuresOf(row, onRound))
  const { id, name, what, unit, goal } = row
  const ways = Object.keys(row.ways).map((who) => ({
    who,
    version: versionOf(who),
    kind: kindOf(who),
    ...measured.span(who),
    timesBare: 'bare' in row.ways ? measured.times(who, 'bare') : undefined,
    breaks: broken[who],
  }))
  return {
    id,
    name,
    what,
    unit,
    goal: goal && { text: goal.text, met: goal.met(measured), most: goal.most(measured) },
    ways,
  }
}
