/** The laws of structured concurrency, on trees that fast-check grows and, when one breaks a law, makes small. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { breachesOf, growTree, type Pick } from '../runtimes/conformance/law-trees.js'
import * as testing from '../runtimes/generic/testing.js'
import * as lib from '../runtimes/node/index.js'

const numRuns = process.env.TEST_LONG === '1' ? 100_000 : 2_000

/** Decisions from a tape; beyond its end the simplest one, so that a shorter tape is a smaller tree. */
function reading(tape: readonly number[]): Pick {
  let at = 0
  return (below) => (tape[at++] ?? 0) % below
}

test(`${numRuns} random trees keep the laws`, { timeout: numRuns * 60 }, async () => {
  const tapes = fc.array(fc.nat({ max: 9_999 }), { maxLength: 600, size: 'max' })
  await fc.assert(
    fc.asyncProperty(tapes, async (tape) => {
      expect(await breachesOf(lib, testing, growTree(reading(tape)))).toEqual([])
    }),
    { numRuns },
  )
})
