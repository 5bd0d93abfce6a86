/** Progress: always there, always safe to call, with an estimate of the time left. */

import type { TaskContext } from '../generic/index.js'
import { sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { inScope, reportsOf, untilAborted } from './policy-fixtures.js'

export function policyProgress(kit: Kit): void {
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'progress: starts at 0, without an estimate', {}, async (s) => {
    const [error] = await s.task(({ progress }) => {
      assert.strictEqual(progress.get().percentage, 0)
      assert.strictEqual(progress.get().eta, undefined)
    })
    assert.strictEqual(error, undefined)
  })

  inScope(kit, 'progress: estimates the time left from the pace so far, and not at the end', {}, async (s, clock) => {
    const t = s.task(async ({ progress }) => {
      progress.update(0)
      await sleep(100)
      progress.update(25)
      const early = progress.get()
      await sleep(100)
      progress.update(75)
      const late = progress.get()
      progress.update(100)
      return [early, late, progress.get()]
    })
    await clock.advance(200)
    const [error, value] = await t
    assert.strictEqual(error, undefined)
    assert.strictEqual(value?.[0]?.percentage, 25)
    assert.approximately(value?.[0]?.eta ?? -1, 300, 1)
    assert.strictEqual(value?.[1]?.percentage, 75)
    assert.approximately(value?.[1]?.eta ?? -1, 66.7, 1)
    assert.strictEqual(value?.[2]?.percentage, 100)
    assert.strictEqual(value?.[2]?.eta, undefined)
  })

  inScope(kit, 'progress: whatever it is given, it does not throw and stays from 0 to 100', {}, async (s) => {
    const [error] = await s.task(({ progress }) => {
      progress.update(150)
      assert.strictEqual(progress.get().percentage, 100)
      progress.update(-5)
      assert.strictEqual(progress.get().percentage, 0)
      progress.update(40)
      for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        progress.update(odd)
        const { percentage } = progress.get()
        assert.isTrue(percentage >= 0 && percentage <= 100, String(odd))
      }
    })
    assert.strictEqual(error, undefined)
  })

  inScope(kit, 'progress: without time passing, or going back, the estimate is a number or nothing', {}, async (s) => {
    const [error] = await s.task(({ progress }) => {
      for (const percentage of [10, 50, 50, 20, 0, 99.9, 100, 1]) {
        progress.update(percentage)
        const { eta } = progress.get()
        assert.isTrue(eta === undefined || (Number.isFinite(eta) && eta >= 0), `${percentage}: ${eta}`)
      }
    })
    assert.strictEqual(error, undefined)
  })

  inScope(kit, 'progress: listeners hear each update until they are taken off', {}, async (s) => {
    const heard: string[] = []
    const [error] = await s.task(({ progress }) => {
      const undo = progress.onUpdate(({ percentage }) => void heard.push(`a ${percentage}`))
      progress.onUpdate(({ percentage }) => void heard.push(`b ${percentage}`))
      progress.update(10)
      undo()
      undo()
      progress.update(20)
    })
    assert.strictEqual(error, undefined)
    assert.deepEqual(heard, ['a 10', 'b 10', 'b 20'])
  })

  inScope(kit, 'progress: the same function may listen twice and leave once', {}, async (s) => {
    let heard = 0
    const listener = () => void heard++
    const [error] = await s.task(({ progress }) => {
      const undo = progress.onUpdate(listener)
      progress.onUpdate(listener)
      progress.update(1)
      undo()
      progress.update(2)
    })
    assert.strictEqual(error, undefined)
    assert.strictEqual(heard, 3)
  })

  inScope(kit, 'progress: a listener that throws is reported and stops no other', {}, async (s, _clock, log) => {
    const trouble = new Error('listener')
    let heard = 0
    const result = await s.task(({ progress }) => {
      progress.onUpdate(() => {
        throw trouble
      })
      progress.onUpdate(() => void heard++)
      progress.update(50)
      return 'value'
    })
    assert.deepEqual(result, [undefined, 'value'])
    assert.strictEqual(heard, 1)
    assert.lengthOf(reportsOf(log, trouble), 1)
  })

  inScope(kit, 'progress: may be used after the task has ended or was cancelled', {}, async (s, clock) => {
    const kept: TaskContext['progress'][] = []
    await s.task(({ progress }) => void kept.push(progress))
    const t = s.task((context) => {
      kept.push(context.progress)
      return untilAborted(context)
    })
    const result = watch(t)
    t.cancel()
    await clock.settle()
    assert.isTrue(result.settled)
    assert.lengthOf(kept, 2)
    for (const progress of kept) {
      progress.update(60)
      assert.strictEqual(progress.get().percentage, 60)
      progress.onUpdate(() => {})()
    }
  })

  inScope(kit, 'progress: each task has its own', {}, async (s) => {
    const seen: number[] = []
    await s.task(({ progress }) => progress.update(70))
    await s.task(({ progress }) => void seen.push(progress.get().percentage))
    assert.deepEqual(seen, [0])
  })

  inScope(kit, 'progress: a context gives the same one each time it is read', {}, async (s) => {
    const [error] = await s.task((context) => {
      assert.strictEqual(context.progress, context.progress)
      context.progress.update(5)
      assert.strictEqual(context.progress.get().percentage, 5)
    })
    assert.strictEqual(error, undefined)
  })
}
