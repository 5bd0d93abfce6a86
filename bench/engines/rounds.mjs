/** Our rows beside the bare language, in whatever engine this runs: nanoseconds for each, and their ratio. */
import { rows } from '../work/rows.mjs'

/** The rows that say something in every engine. */
export const names = Object.keys(rows).filter((name) => name !== 'a bare call')

const bare = rows['a bare call']().run

/** Repeats an operation. */
export async function repeat(run, times) {
  for (let i = 0; i < times; i++) await run()
}

/** Opens one row: what repeats it, and what repeats a bare call. */
export function open(name) {
  const { run, each = 1 } = rows[name]()
  return { ours: (times) => repeat(run, times / each), bare: (times) => repeat(bare, times) }
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** How many more bare calls are timed: browsers have coarse clocks. */
const more = 20

/** Measures one row in interleaved rounds; `elapsed` gives the milliseconds that repeating takes. */
export async function measure(elapsed, times, rounds = 9) {
  const figures = []
  for (let round = -3; round < rounds; round++) {
    const pair = [await elapsed('ours', times), (await elapsed('bare', times * more)) / more]
    if (round >= 0) figures.push(pair)
  }
  const [ns, bareNs] = [0, 1].map((side) => (middle(figures.map((pair) => pair[side])) * 1e6) / times)
  return { ns, bareNs, ratio: middle(figures.map(([a, b]) => a / b)) }
}

/** All rows, where the engine has a clock that moves while code runs. */
export async function measureAll(times = 3_000) {
  const answer = {}
  for (const name of names) {
    const both = open(name)
    const elapsed = async (side, count) => {
      const start = performance.now()
      await both[side](count)
      return performance.now() - start
    }
    answer[name] = await measure(elapsed, times)
  }
  return answer
}
