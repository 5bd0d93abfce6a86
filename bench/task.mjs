/** A task spawned and awaited, one after another: a long run must cost no more for each than a short one. */
import { scope } from 'go-go-scope'
import { bare, body, compare, elapsed, report } from './measure.mjs'

/** Runs `times` sequences of `count` tasks, each in a scope of its own. */
async function tasks(count, times) {
  let time = 0
  for (let n = 0; n < times; n++) {
    const s = scope()
    time += await elapsed(async () => {
      for (let i = 0; i < count; i++) await s.task(body)
    })
    await s[Symbol.asyncDispose]()
  }
  return time
}

async function bareCalls(count, times) {
  let time = 0
  for (let n = 0; n < times; n++) {
    time += await elapsed(async () => {
      for (let i = 0; i < count; i++) await bare(body)
    })
  }
  return time
}

const sequence = (count, times, options) =>
  compare(
    `task, ${count.toLocaleString('en')} in sequence`,
    () => tasks(count, times),
    () => bareCalls(count, times),
    options,
  )

report(await sequence(1_000, 50, { rounds: 31, warmUp: 3 }), await sequence(1_000_000, 1, { rounds: 9, warmUp: 1 }))
