/** Select against a model, and what a model does not say. */
import fc from 'fast-check'
import { afterEach, test, vi } from 'vitest'
import { Run, selectCommands, setups } from './channel-programs.js'
import { checkPrograms } from './sync-fixtures.js'

afterEach(() => void vi.unstubAllGlobals())

test('random programs of selects among other operations do what the model does', async () => {
  await checkPrograms(
    fc.record({ setup: fc.tuple(setups, setups), program: fc.array(selectCommands, { maxLength: 24, size: 'max' }) }),
    ({ setup, program }) => new Run(setup).all(program),
  )
})
