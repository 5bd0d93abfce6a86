// #region subject
import type { Scope } from 'go-go-scope'

/** The code under test: asks again after 1, 2 and 4 seconds, and gives up after ten. */
export function ask(
  s: Scope,
  question: (signal: AbortSignal) => Promise<string>,
) {
  return s.task(({ signal }) => question(signal), {
    timeout: 10_000,
    retry: { max: 3, delay: (attempt) => 1_000 * 2 ** (attempt - 1) },
  })
}
// #endregion subject

// #region show
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scope } from 'go-go-scope'
import {
  assertNothingLeft,
  sequencer,
  trackSignal,
  virtualTime,
} from 'go-go-scope/testing'

test('asks four times within seven seconds', async () => {
  using clock = virtualTime()
  const s = scope()
  const times: number[] = []

  const answer = ask(s, async () => {
    times.push(clock.now)
    throw new Error('busy')
  })
  await clock.runAll()

  assert.equal((await answer)[0]?.message, 'busy')
  assert.deepEqual(times, [0, 1_000, 3_000, 7_000])
  await s[Symbol.asyncDispose]()
  assertNothingLeft({ clock, scopes: [s] })
})

test('leaving ends the question at once, and leaves nothing', async () => {
  using clock = virtualTime()
  const tracked = trackSignal()
  const seq = sequencer()
  const s = scope({ signal: tracked.signal })

  const answer = ask(s, async (signal) => {
    seq.step('asked')
    await seq.gate('answer').wait
    seq.step(signal.aborted ? 'nobody listens' : 'answered')
    return 'yes'
  })
  seq.step('leaving')
  tracked.abort(new Error('left'))

  assert.equal((await answer)[0]?.message, 'left')
  seq.gate('answer').open()
  await s[Symbol.asyncDispose]()
  assert.deepEqual(seq.log, ['asked', 'leaving', 'nobody listens'])
  assertNothingLeft({ clock, signals: [tracked], scopes: [s] })
})
// #endregion show
