/** Channels against a model, and what a model does not say. */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Deque } from '../src/base/deque.js'
import { channelCommands, Run, setups } from './channel-programs.js'
import { checkPrograms } from './sync-fixtures.js'

afterEach(() => void vi.unstubAllGlobals())

test('random programs of sends, receives, iterations, cancellations and closes do what the model does', async () => {
  await checkPrograms(
    fc.record({ setup: fc.tuple(setups, setups), program: fc.array(channelCommands, { maxLength: 24, size: 'max' }) }),
    ({ setup, program }) => new Run(setup).all(program),
  )
})

describe('deque', () => {
  test('is an array, but faster', () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(9) }, fc.constantFrom('shift', 'clear')), {
      maxLength: 200,
      size: 'max',
    })
    fc.assert(
      fc.property(steps, fc.boolean(), (list, drain) => {
        const deque = new Deque<number>()
        const model: number[] = []
        for (const step of [...list, ...(drain ? list.map(() => 'shift') : [])]) {
          if (step === 'shift') expect(deque.shift()).toBe(model.shift())
          else if (step === 'clear') deque.clear()
          else deque.push(Number(step))
          if (step === 'clear') model.length = 0
          else if (step !== 'shift') model.push(Number(step))
          expect([deque.size, deque.first, [...deque]]).toEqual([model.length, model[0], model])
        }
      }),
    )
  })
})
