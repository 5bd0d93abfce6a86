/** Options whose part comes in a later version are refused at the call, not ignored. */

import type { TaskOptions } from '../generic/index.js'
import type { Kit } from './kit.js'
import { inScope, thrown } from './policy-fixtures.js'

export function policyUnavailable(kit: Kit): void {
  const assert: Chai.AssertStatic = kit.assert

  /** Says which option it is, and that it comes later. */
  function refused(error: unknown, option: RegExp): void {
    assert.instanceOf(error, Error)
    const { message } = error as Error
    assert.match(message, option)
    assert.match(message, /later/i)
  }

  inScope(kit, 'unavailable: worker of a task', {}, async (s) => {
    const wrong: readonly (readonly [RegExp, TaskOptions])[] = [
      [/worker/, { worker: true }],
      [/worker/, { worker: true, data: 5, timeout: 10 }],
    ]
    let ran = 0
    for (const [option, options] of wrong) {
      const failed = thrown(() => s.task(() => ++ran, options))
      assert.isDefined(failed, String(option))
      refused(failed?.error, option)
    }
    assert.strictEqual(ran, 0)
    assert.deepEqual(await s.task(() => 'fine', { worker: false }), [undefined, 'fine'])
  })

  inScope(
    kit,
    'unavailable: what is not asked for is not refused',
    { workerPool: { size: 1, idleTimeout: 5 }, persistence: {} },
    async (s) => {
      const [error] = await s.task((context) => {
        assert.strictEqual(context.checkpoint, undefined)
        assert.isDefined(context.progress)
      })
      assert.strictEqual(error, undefined)
    },
  )
}
