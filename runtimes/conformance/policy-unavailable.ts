/** Options whose part comes in a later version are refused at the call, not ignored. */

import type { ScopeOptions, TaskOptions } from '../generic/index.js'
import type { Kit } from './kit.js'
import { inScope, recordingProvider, thrown } from './policy-fixtures.js'

export function policyUnavailable(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  /** Says which option it is, and that it comes later. */
  function refused(error: unknown, option: RegExp): void {
    assert.instanceOf(error, Error)
    const { message } = error as Error
    assert.match(message, option)
    assert.match(message, /later/i)
  }

  inScope(kit, 'unavailable: checkpoint of a task', {}, async (s) => {
    const wrong: readonly (readonly [RegExp, TaskOptions])[] = [
      [/checkpoint/, { checkpoint: {} }],
      [/checkpoint/, { id: 'job', checkpoint: { interval: 5 } }],
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

  for (const part of ['checkpoint', 'lock', 'circuitBreaker', 'cache'] as const) {
    inScope(kit, `unavailable: persistence.${part} of a scope and of a child`, {}, async (s) => {
      const persistence = { [part]: {} } as NonNullable<ScopeOptions['persistence']>
      refused(thrown(() => lib.scope({ persistence }))?.error, new RegExp(part))
      refused(thrown(() => s.createChild({ persistence }))?.error, new RegExp(part))
      const both = { ...persistence, idempotency: recordingProvider() }
      refused(thrown(() => lib.scope({ persistence: both }))?.error, new RegExp(part))
      assert.notInclude(s.debugTree(), '├─', 'a child that was refused is not in the tree')
      assert.notInclude(s.debugTree(), '└─')
    })
  }

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
