/** Calls of a throttled function while its interval lasts, with one run at its end or none. */
import { throttle as esThrottle } from 'es-toolkit'
import { scope } from 'go-go-scope'
import lodash from 'lodash'
import { burstWith, calls } from '../burst.mjs'
import { callersGetTheRun, cancelLeavesNoTimer, lastArguments } from '../promises-of-calls.mjs'

const ours = (trailing) => async (fn, interval, use) => {
  await using s = scope()
  return await use(s.throttle(fn, { interval, trailing }))
}

/** A look at the clock, and where it is asked for, a timer for the run at the end. */
const byHand = (trailing) => (fn, interval, use) => {
  let next = Number.NEGATIVE_INFINITY
  let timer
  let last
  const run = () => {
    timer = undefined
    next = performance.now() + interval
    return fn(...last)
  }
  const call = (...args) => {
    last = args
    const left = next - performance.now()
    if (left <= 0) run()
    else if (trailing) timer ??= setTimeout(run, left)
  }
  call.cancel = () => clearTimeout(timer)
  return use(call)
}

const edges = (trailing) => (trailing ? ['leading', 'trailing'] : ['leading'])

const ways = (trailing) => ({
  bare: byHand(trailing),
  'go-go-scope': ours(trailing),
  lodash: (fn, interval, use) => use(lodash.throttle(fn, interval, { leading: true, trailing })),
  'es-toolkit': (fn, interval, use) => use(esThrottle(fn, interval, { edges: edges(trailing) })),
})

const row = { ...calls, work: burstWith(1) }

export const rows = [
  {
    ...row,
    id: 'throttle-trailing',
    name: 'a throttled call that waits for the run at the end',
    what: 'calls while the interval lasts, the last of which is to be run; bare looks at the clock',
    ways: ways(true),
    promises: [lastArguments, callersGetTheRun, cancelLeavesNoTimer],
  },
  {
    ...row,
    id: 'throttle-refused',
    name: 'a throttled call that will not run',
    what: 'calls while the interval lasts, without a run at its end; ours answers each with an error that says when to come again',
    ways: ways(false),
    promises: [cancelLeavesNoTimer],
  },
]
