/**
 * Calls of a debounced function: what each costs, and a burst up to its run.
 *
 * Ours gives every caller a promise of the Result, the others give the last value or nothing; they do less.
 */
import { debounce as esDebounce } from 'es-toolkit'
import { scope } from 'go-go-scope'
import lodash from 'lodash'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 50_000

async function ours(use) {
  const s = scope()
  const time = await use('ours', (fn, wait) => s.debounce(fn, { wait }))
  await s[Symbol.asyncDispose]()
  return time
}

/** One long burst that is dropped at its end. */
async function burst(who, debounce) {
  let runs = 0
  const fn = debounce(() => runs++, 10_000)
  const time = await elapsed(() => {
    for (let i = 0; i < count; i++) fn(i)
  })
  fn.cancel()
  expect(`${who}, runs`, runs, 0)
  return time
}

/** Bursts of ten calls, each ended by a flush. */
async function bursts(who, debounce) {
  let total = 0
  const fn = debounce((i) => (total += i), 10_000)
  const time = await elapsed(async () => {
    for (let i = 0; i < count; i += 10) {
      for (let n = 0; n < 9; n++) fn(0)
      fn(1)
      await fn.flush()
    }
  })
  expect(`${who}, runs`, total, count / 10)
  return time
}

const peers = (use) => [
  { beside: 'lodash', work: () => use('lodash', (fn, wait) => lodash.debounce(fn, wait)), learned },
  { beside: 'es-toolkit', work: () => use('es-toolkit', (fn, wait) => esDebounce(fn, wait)), learned },
]
const learned =
  'a run makes a promise and its executor, and enters and leaves the owner; a call reads the clock as the peer does'
const options = { each: count, rounds: 15 }

report(
  ...(await compareAll('debounce, a call in a burst', () => ours(burst), peers(burst), options)),
  ...(await compareAll('debounce, ten calls and a run', () => ours(bursts), peers(bursts), options)),
)
