/**
 * Calls of a throttled function while its interval lasts, with one run at the end or none.
 *
 * Ours gives every caller a promise of a Result (without `trailing` an error for each), the others give the last value.
 */
import { throttle as esThrottle } from 'es-toolkit'
import { scope } from 'go-go-scope'
import lodash from 'lodash'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 50_000

async function ours(trailing) {
  const s = scope()
  const time = await calls('ours', (fn) => s.throttle(fn, { interval: 10_000, trailing }))
  await s[Symbol.asyncDispose]()
  return time
}

async function calls(who, throttle) {
  let runs = 0
  const fn = throttle(() => runs++)
  const time = await elapsed(() => {
    for (let i = 0; i < count; i++) fn(i)
  })
  fn.cancel()
  expect(`${who}, runs`, runs, 1)
  return time
}

const learned =
  'a refusal has an error with its stack: one for each call took 3.6 µs, so calls of a millisecond share it'

const edges = (trailing) => (trailing ? ['leading', 'trailing'] : ['leading'])

const peers = (trailing) => [
  {
    beside: 'lodash',
    work: () => calls('lodash', (fn) => lodash.throttle(fn, 10_000, { leading: true, trailing })),
    learned,
  },
  {
    beside: 'es-toolkit',
    work: () => calls('es-toolkit', (fn) => esThrottle(fn, 10_000, { edges: edges(trailing) })),
  },
]
const options = { each: count, rounds: 15 }

report(
  ...(await compareAll('throttle, a call with a trailing run', () => ours(true), peers(true), options)),
  ...(await compareAll('throttle, a call that will not run', () => ours(false), peers(false), options)),
)
