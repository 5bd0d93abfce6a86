/** Holds what the library does in counted work, see bench/work: promises, turns, timers, listeners, signals, bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node } from '../.ci/run.mjs'
import { countWork, regressions } from '../bench/work/main.mjs'

const pinned = node !== process.execPath || process.version.startsWith('v24.')
const skip = pinned ? false : 'what is counted depends on the Node, and the pinned one could not be installed'

test('no row costs a tenth more than its budget', { skip }, async () => {
  const counted = await countWork()
  assert.ok(counted['a task'].bytes > 100, 'something was counted')
  assert.deepEqual(regressions(counted), [])
})

test('a row that costs more is told of', () => {
  const [line] = regressions({ 'a task': { promises: 1e6, turns: 0, timers: 0, listeners: 0, signals: 0, bytes: 0 } })
  assert.match(line, /^a task: 1000000 promises, budget \d+$/)
})
