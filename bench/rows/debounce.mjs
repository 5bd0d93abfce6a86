/** Calls of a debounced function: what each costs, and a burst up to its run. */
import { debounce as esDebounce } from 'es-toolkit'
import { scope } from 'go-go-scope'
import lodash from 'lodash'
import { burstWith, calls } from '../burst.mjs'
import { expect } from '../measure.mjs'
import { callersGetTheRun, cancelLeavesNoTimer, lastArguments } from '../promises-of-calls.mjs'

async function ours(fn, wait, use) {
  await using s = scope()
  return await use(s.debounce(fn, { wait }))
}

/** A timer that each call sets anew, and a run that its end makes. */
function byHand(fn, wait, use) {
  let timer
  let last
  const run = () => {
    timer = undefined
    return fn(...last)
  }
  const call = (...args) => {
    last = args
    clearTimeout(timer)
    timer = setTimeout(run, wait)
  }
  call.cancel = () => clearTimeout(timer)
  call.flush = () => {
    clearTimeout(timer)
    return run()
  }
  return use(call)
}

/** Bursts of ten calls, each ended by a flush. */
function bursts(way, count) {
  let total = 0
  return way(
    (i) => (total += i),
    10_000,
    async (call) => {
      for (let i = 0; i < count; i += 10) {
        for (let n = 0; n < 9; n++) call(0)
        call(1)
        await call.flush()
      }
      call.cancel()
      expect('runs', total, count / 10)
    },
  )
}

const row = {
  ...calls,
  ways: {
    bare: byHand,
    'go-go-scope': ours,
    lodash: (fn, wait, use) => use(lodash.debounce(fn, wait)),
    'es-toolkit': (fn, wait, use) => use(esDebounce(fn, wait)),
  },
  promises: [lastArguments, callersGetTheRun, cancelLeavesNoTimer],
}

export const rows = [
  {
    ...row,
    id: 'debounce',
    name: 'a debounced call',
    what: 'a call in a burst of 50,000; bare clears a timer and sets it anew',
    work: burstWith(0),
  },
  {
    ...row,
    id: 'debounce-run',
    name: 'a debounced call, with its share of a run',
    what: 'bursts of ten calls, each of which ends with a run, one call of it; bare clears a timer and sets it anew',
    work: bursts,
  },
]
