/** Checkpoints of tasks: loading, saving, resuming, deleting, and what providers can do wrong. */

import type { Checkpoint, CheckpointContext, TaskContext, TaskOptions } from '../generic/index.js'
import { damage, left, observed, plain } from './checkpoint-fixtures.js'
import { deferred, recorder, sleep, thrownBy, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, reportsOf, untilAborted } from './policy-fixtures.js'

const job = (checkpoint: NonNullable<TaskOptions['checkpoint']> = {}): TaskOptions => ({ id: 'job', checkpoint })

/** The context's checkpoints, which a test with a provider counts on. */
function of({ checkpoint }: TaskContext): CheckpointContext {
  if (checkpoint === undefined) throw new Error('there must be a checkpoint in the context')
  return checkpoint
}

export function checkpoint(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert
  const memory = () => new lib.InMemoryCheckpointProvider()
  /** A provider whose saves wait for this. */
  const savingAfter = (answer: Promise<unknown>) => {
    const provider = memory()
    const save = provider.save.bind(provider)
    provider.save = async (...args) => {
      await answer
      await save(...args)
    }
    return provider
  }
  const numbers = (list: readonly Checkpoint[]) => list.map((each) => [each.sequence, each.data])

  inScope(kit, 'checkpoint: a failed run is gone on from, a success deletes', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } })
    const failed = new Error('power')
    const [error] = await s.task(async (context) => {
      assert.strictEqual(of(context).data, undefined)
      await of(context).save({ row: 1 })
      await of(context).save({ row: 2, at: new Date(5) })
      throw failed
    }, job())
    assert.strictEqual(error, failed)
    assert.lengthOf(await provider.list('job'), 2)
    const resumed: Checkpoint[] = []
    const result = await s.task(
      async (context) => {
        assert.deepEqual(of(context).data, { row: 2, at: new Date(5) })
        await of(context).save({ row: 3 })
        return of(context).data
      },
      job({ onResume: (each) => void resumed.push(each) }),
    )
    assert.deepEqual(result, [undefined, { row: 3 }])
    assert.deepEqual(numbers(resumed), [[2, { row: 2, at: new Date(5) }]])
    assert.deepEqual(await provider.list('job'), [], 'a success deletes')
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: children inherit the provider; records are plain JSON', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } }).createChild()
    const told: Checkpoint[] = []
    await s.task(
      async (context) => {
        context.progress.update(50)
        await of(context).save({ rows: [1, 2], at: new Map([[1, 2n]]) })
        throw new Error('stop')
      },
      job({ onCheckpoint: (each) => void told.push(each), version: 3 }),
    )
    const [record] = await provider.list('job')
    assert.deepEqual(record?.data, {
      rows: [1, 2],
      at: { $go: 'Map', value: [[1, { $go: 'bigint', value: '2' }]] },
    })
    assert.strictEqual(record?.progress, 50)
    assert.strictEqual(record?.version, 3)
    assert.deepEqual(told[0], { ...record, data: { rows: [1, 2], at: new Map([[1, 2n]]) } } as Checkpoint)
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: progress goes on from the record', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } })
    await s.task(async (context) => {
      context.progress.update(40)
      await of(context).save(1)
      throw new Error('stop')
    }, job())
    const [, value] = await s.task(({ progress }) => progress.get().percentage, job())
    assert.strictEqual(value, 40)
    await end(s, clock)
  })

  inScope(
    kit,
    'checkpoint: the body does not start at once, and never when cancelled while loading',
    {},
    async (_s, clock) => {
      const answer = deferred<undefined>()
      const provider = observed(lib, { loadLatest: () => answer.promise })
      const s = lib.scope({ persistence: { checkpoint: provider } })
      let ran = 0
      const t = s.task(() => ++ran, job())
      assert.isFalse(t.isStarted)
      await clock.settle()
      const reason = new Error('enough')
      t.cancel(reason)
      assert.strictEqual((await t)[0], reason)
      const slow = s.task(() => ++ran, { ...job(), timeout: 10 })
      await clock.advance(10)
      assert.strictEqual((await slow)[0]?.name, 'TimeoutError')
      answer.resolve(undefined)
      await clock.settle()
      assert.strictEqual(ran, 0)
      await end(s, clock)
    },
  )

  inScope(kit, 'checkpoint: what is read is a copy, what is saved is taken at the call', {}, async (_s, clock) => {
    const s = lib.scope({ persistence: { checkpoint: memory() } })
    const [error, value] = await s.task(async (context) => {
      const state = { rows: [1] }
      const saved = of(context).save(state)
      state.rows.push(2)
      await saved
      ;(of(context).data as typeof state).rows.push(3)
      return of(context).data
    }, job())
    assert.strictEqual(error, undefined)
    assert.deepEqual(value, { rows: [1] })
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: retries go on from the latest durable value, and load once', {}, async (_s, clock) => {
    const provider = observed(lib)
    const s = lib.scope({ persistence: { checkpoint: provider } })
    const seen: unknown[] = []
    let resumed = 0
    await left(lib, provider, 'job', 'before')
    const t = s.task(
      async (context) => {
        seen.push(of(context).data)
        await of(context).save(`attempt ${context.attempt}`)
        if (context.attempt < 3) throw new Error('again')
      },
      { ...job({ onResume: () => void resumed++ }), retry: { max: 5, delay: 10 } },
    )
    await clock.advance(100)
    assert.deepEqual(await t, [undefined, undefined])
    assert.deepEqual(seen, ['before', 'attempt 1', 'attempt 2'])
    assert.strictEqual(resumed, 1)
    assert.lengthOf(
      provider.calls.filter((call) => call === 'loadLatest'),
      1,
    )
    assert.lengthOf(
      provider.calls.filter((call) => call === 'claim'),
      1,
    )
    await end(s, clock)
  })

  inScope(
    kit,
    'checkpoint: what cannot be encoded is refused before anything is asked of the provider',
    {},
    async (_s, clock) => {
      const provider = observed(lib)
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const [error] = await s.task((context) => of(context).save({ rows: [{ fn: () => 1 }] }), job())
      assert.instanceOf(error, TypeError)
      assert.include(error?.message ?? '', 'data.rows[0].fn')
      assert.notInclude(provider.calls, 'save')
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: keeps the newest few; a callback or clean-up that fails changes nothing',
    {},
    async (_s, clock, log) => {
      const trouble = [new Error('callback'), new Error('cleanup'), new Error('resume')]
      const provider = memory()
      await left(lib, provider, 'job', 0)
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: log.logger })
      const throwing = (at: number) => () => {
        throw trouble[at]
      }
      const results = [
        await s.task(
          async (context) => {
            for (let row = 1; row < 5; row++) await of(context).save(row)
            throw new Error('stop')
          },
          job({ maxCheckpoints: 2, onCheckpoint: throwing(0), onResume: throwing(2) }),
        ),
      ]
      assert.strictEqual(results[0]?.[0]?.message, 'stop')
      assert.deepEqual(numbers(await provider.list('job')), [
        [4, 3],
        [5, 4],
      ])
      assert.lengthOf(reportsOf(log, trouble[0]), 4)
      assert.lengthOf(reportsOf(log, trouble[2]), 1)
      provider.cleanup = () => Promise.reject(trouble[1])
      const [error] = await s.task((context) => of(context).save(6), job())
      assert.strictEqual(error, undefined)
      assert.lengthOf(reportsOf(log, trouble[1]), 1)
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: interval saves what is staged, once, and not what did not change',
    {},
    async (_s, clock) => {
      const provider = observed(lib)
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const told: unknown[] = []
      const t = s.task(
        async (context) => {
          const saves = of(context)
          saves.stage({ row: 1 })
          saves.stage({ row: 2 })
          await sleep(250)
          saves.stage({ row: 2 })
          await sleep(200)
          saves.stage({ row: 3 })
          await sleep(100)
          saves.stage({ row: 4 })
          await saves.save({ row: 5 })
          await sleep(500)
        },
        job({ interval: 100, onCheckpoint: ({ data }) => void told.push(data) }),
      )
      await clock.advance(99)
      assert.deepEqual(told, [])
      await clock.advance(1)
      assert.deepEqual(told, [{ row: 2 }])
      await clock.advance(2_000)
      assert.deepEqual(await t, [undefined, undefined])
      assert.deepEqual(told, [{ row: 2 }, { row: 3 }, { row: 5 }])
      assert.strictEqual(clock.pendingTimers, 0)
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: an automatic save that fails is reported, tried again, and fails nothing',
    {},
    async (_s, clock, log) => {
      const trouble = new Error('disk full')
      const provider = memory()
      const save = provider.save.bind(provider)
      let failures = 2
      provider.save = (...args) => (failures-- > 0 ? Promise.reject(trouble) : save(...args))
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: log.logger })
      const t = s.task(
        async (context) => {
          of(context).stage('state')
          await sleep(500)
          return of(context).data
        },
        job({ interval: 100 }),
      )
      await clock.advance(500)
      assert.deepEqual(await t, [undefined, 'state'])
      assert.lengthOf(reportsOf(log, trouble), 2)
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: what is staged is saved when the task is cancelled, and refused without an interval',
    {},
    async (_s, clock) => {
      const provider = memory()
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const t = s.task(
        (context) => {
          of(context).stage({ row: 7 })
          return untilAborted(context)
        },
        job({ interval: 1_000 }),
      )
      await clock.settle()
      t.cancel()
      await t
      assert.strictEqual(clock.pendingTimers, 0)
      await t.settled
      assert.deepEqual(numbers(await provider.list('job')), [[1, { row: 7 }]])
      const [error] = await s.task((context) => of(context).stage(1), job())
      assert.instanceOf(error, TypeError)
      assert.include(error?.message ?? '', 'interval')
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: what is staged while another save is under way is saved too when the task is cancelled',
    {},
    async (_s, clock) => {
      const answer = deferred()
      const provider = savingAfter(answer.promise)
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const t = s.task(
        async (context) => {
          of(context).stage({ row: 1 })
          await sleep(100)
          of(context).stage({ row: 2 })
          await untilAborted(context)
        },
        job({ interval: 100 }),
      )
      await clock.advance(100)
      t.cancel()
      await t
      answer.resolve()
      await t.settled
      assert.deepEqual(numbers(await provider.list('job')), [
        [1, { row: 1 }],
        [2, { row: 2 }],
      ])
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: a save that hangs lets the task settle, and a body that was cancelled may still save',
    {},
    async (_s, clock) => {
      const answer = deferred()
      const provider = savingAfter(answer.promise)
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const last: unknown[] = []
      const t = s.task(async (context) => {
        try {
          await of(context).save(1)
        } catch (error) {
          last.push(error)
          await of(context).save(2)
          last.push('saved')
        }
      }, job())
      await clock.settle()
      const reason = new Error('enough')
      t.cancel(reason)
      assert.strictEqual((await t)[0], reason)
      await clock.settle()
      assert.deepEqual(last, [reason])
      answer.resolve()
      await t.settled
      assert.deepEqual(last, [reason, 'saved'])
      assert.deepEqual(numbers(await provider.list('job')), [
        [1, 1],
        [2, 2],
      ])
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: a provider that rejects, throws or is damaged by itself fails the save or the task with its error',
    {},
    async (_s, clock) => {
      const trouble = new Error('down')
      const thrower = (): never => {
        throw trouble
      }
      const ways = [() => Promise.reject(trouble), thrower]
      for (const fails of ways) {
        for (const part of ['loadLatest', 'claim'] as const) {
          const provider = observed(lib, { [part]: fails })
          const s = lib.scope({ persistence: { checkpoint: provider } })
          const [error] = await s.task((): unknown => assert.fail('ran'), job())
          assert.strictEqual(error, trouble, part)
          await end(s, clock)
        }
        const s = lib.scope({ persistence: { checkpoint: observed(lib, { save: fails }) } })
        assert.strictEqual((await s.task((context) => of(context).save(1), job()))[0], trouble)
        await end(s, clock)
      }
    },
  )

  for (const [what, method, answer] of [
    [
      'a record of another task',
      'loadLatest',
      { id: 'x', taskId: 'other', sequence: 1, timestamp: 0, progress: 0, data: 1 },
    ],
    ['a text', 'loadLatest', 'state'],
    ['a record without a number', 'loadLatest', { id: 'x', taskId: 'job', data: 1 }],
    ['a fence that is no number', 'claim', 'me'],
  ] as const) {
    inScope(kit, `checkpoint: a provider that answers with ${what} fails the task by name`, {}, async (_s, clock) => {
      const provider = observed(lib, { [method]: async () => answer })
      const s = lib.scope({ persistence: { checkpoint: provider } })
      const [error] = await s.task((): unknown => assert.fail('ran'), job())
      assert.strictEqual(error?.name, 'ProviderError')
      assert.include(error?.message ?? '', method)
      assert.include(error?.message ?? '', 'job')
      await end(s, clock)
    })
  }

  inScope(
    kit,
    'checkpoint: deleting that fails or hangs is reported, and the task has succeeded',
    {},
    async (_s, clock, log) => {
      const trouble = new Error('read-only')
      const failing = lib.scope({
        persistence: { checkpoint: observed(lib, { deleteAll: () => Promise.reject(trouble) }) },
        logger: log.logger,
      })
      assert.deepEqual(await failing.task(() => 'value', job()), [undefined, 'value'])
      assert.lengthOf(reportsOf(log, trouble), 1)
      await end(failing, clock)
      const hanging = lib.scope({
        persistence: { checkpoint: observed(lib, { deleteAll: () => new Promise(() => {}) }) },
        logger: log.logger,
        gracePeriod: 100,
      })
      const t = watch(hanging.task(() => 'value', job()))
      await clock.advance(1_000)
      assert.deepEqual(t.value, [undefined, 'value'])
      assert.isTrue(log.at('error').some(({ args }) => String(args[0]).includes('deleteAll')))
      await end(hanging, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: a save that nobody waits for is durable before the success deletes',
    {},
    async (_s, clock) => {
      const provider = observed(lib)
      const s = lib.scope({ persistence: { checkpoint: provider } })
      let kept: CheckpointContext | undefined
      await s.task((context) => {
        kept = of(context)
        void kept.save(1)
      }, job())
      assert.deepEqual(await provider.list('job'), [])
      const late = watch(kept?.save(2) ?? Promise.resolve())
      await clock.settle()
      assert.isTrue(late.rejected)
      assert.deepEqual(await provider.list('job'), [], 'nothing comes back')
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: a save that nobody waits for is no unhandled rejection when its task is cancelled',
    {},
    async (_s, clock) => {
      const answer = deferred()
      const s = lib.scope({ persistence: { checkpoint: observed(lib, { save: () => answer.promise }) } })
      const t = s.task((context) => {
        void of(context).save(1)
        return untilAborted(context)
      }, job())
      await clock.settle()
      t.cancel()
      await t
      await clock.settle()
      answer.resolve()
      await t.settled
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: a damaged record is passed over with a warning, and its number not used again',
    {},
    async (_s, clock, log) => {
      const provider = memory()
      await left(lib, provider, 'job', 'one', 'two', 'three')
      await damage(provider, 'job', 3)
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: log.logger })
      const [, value] = await s.task(async (context) => {
        const { data } = of(context)
        await of(context).save('more')
        assert.strictEqual((await provider.loadLatest('job'))?.sequence, 4)
        return data
      }, job())
      assert.strictEqual(value, 'two')
      assert.lengthOf(log.at('warn'), 1)
      assert.include(log.at('warn')[0]?.message ?? '', 'job')
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'checkpoint: none whole is an error, for retries too, and never a start from zero',
    {},
    async (_s, clock) => {
      const provider = memory()
      await left(lib, provider, 'job', 'one', 'two')
      await damage(provider, 'job', 1)
      await damage(provider, 'job', 2)
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: recorder().logger })
      const t = s.task((): unknown => assert.fail('ran'), { ...job(), retry: { max: 2, delay: 1 } })
      await clock.settle()
      provider.loadLatest = async () => undefined // as if what was damaged had been set aside
      await clock.advance(10)
      const [error] = await t
      assert.instanceOf(error, lib.CheckpointCorruptError)
      assert.lengthOf(await provider.list('job'), 2, 'nothing is lost')
      await end(s, clock)
    },
  )

  inScope(kit, 'checkpoint: versions', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } })
    const fail = async (context: TaskContext, data: unknown): Promise<void> => {
      await of(context).save(data)
      throw new Error('stop')
    }
    await s.task((context) => fail(context, { old: 1 }), job())
    const [without] = await s.task((): unknown => assert.fail('ran'), job({ version: 1 }))
    assert.instanceOf(without, TypeError)
    assert.match(without?.message ?? '', /version 0.*1.*migrate/)
    const migrations: unknown[] = []
    const migrate = async (data: unknown, from: number): Promise<unknown> => {
      migrations.push([data, from])
      return { young: new Set([1]) }
    }
    await s.task(
      (context) => {
        assert.deepEqual(of(context).data, { young: new Set([1]) })
        return fail(context, 'two')
      },
      job({ version: 2, migrate }),
    )
    assert.deepEqual(migrations, [[{ old: 1 }, 0]])
    assert.strictEqual((await provider.loadLatest('job'))?.version, 2)
    const [newer] = await s.task((): unknown => assert.fail('ran'), { ...job({ version: 1, migrate }) })
    assert.instanceOf(newer, lib.CheckpointVersionError)
    const trouble = new Error('migrate')
    const [failed] = await s.task(
      (): unknown => assert.fail('ran'),
      job({ version: 3, migrate: () => Promise.reject(trouble) }),
    )
    assert.strictEqual(failed, trouble)
    assert.strictEqual((await provider.loadLatest('job'))?.data, 'two', 'nothing is lost')
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: a newer run of the same task shuts out the older one', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } })
    const gate = deferred()
    let attempts = 0
    let saved: unknown
    let aborted: unknown
    const older = s.task(
      async (context) => {
        attempts++
        context.signal.addEventListener('abort', () => {
          aborted = context.signal.reason
        })
        await of(context).save('older')
        await gate.promise
        await of(context)
          .save('older again')
          .catch((error: unknown) => (saved = error))
      },
      { ...job(), retry: { max: 3, delay: 1 } },
    )
    await clock.settle()
    const newer = s.task(async (context) => {
      assert.strictEqual(of(context).data, 'older')
      await of(context).save('newer')
      return untilAborted(context)
    }, job())
    await clock.settle()
    gate.resolve()
    await clock.advance(10)
    const [error] = await older
    assert.instanceOf(error, lib.CheckpointFencedError)
    assert.strictEqual(saved, error)
    assert.strictEqual(aborted, error)
    assert.strictEqual(attempts, 1, 'a retry would take the task back')
    assert.deepEqual(
      (await provider.list('job')).map(({ data }) => data),
      ['older', 'newer'],
    )
    newer.cancel()
    await end(s, clock)
  })

  inScope(
    kit,
    'checkpoint: an older run that succeeds does not delete what the newer one has saved',
    {},
    async (_s, clock, log) => {
      const provider = memory()
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: log.logger })
      const gate = deferred()
      const older = s.task(() => gate.promise, job())
      await clock.settle()
      const newer = s.task(async (context) => {
        await of(context).save('newer')
        return untilAborted(context)
      }, job())
      await clock.settle()
      gate.resolve()
      assert.strictEqual((await older)[0], undefined)
      assert.lengthOf(await provider.list('job'), 1)
      newer.cancel()
      await end(s, clock)
    },
  )

  inScope(kit, 'checkpoint: a provider without claim works, and is warned of once', {}, async (_s, clock, log) => {
    const provider = plain(lib)
    for (let turn = 0; turn < 2; turn++) {
      const s = lib.scope({ persistence: { checkpoint: provider }, logger: log.logger })
      assert.deepEqual(await s.task((context) => of(context).save(turn), job()), [undefined, undefined])
      await end(s, clock)
    }
    assert.lengthOf(log.at('warn'), 1)
    assert.include(log.at('warn')[0]?.message ?? '', 'claim')
  })

  inScope(
    kit,
    'checkpoint: without a provider there is none in the context, and one warning',
    {},
    async (s, _clock, log) => {
      for (let turn = 0; turn < 2; turn++) {
        const [error] = await s.task(
          (context) => {
            assert.isFalse('checkpoint' in context)
            assert.strictEqual(context.checkpoint, undefined)
          },
          { checkpoint: {} },
        )
        assert.strictEqual(error, undefined)
      }
      assert.lengthOf(log.at('warn'), 1)
      assert.include(log.at('warn')[0]?.message ?? '', 'persistence.checkpoint')
    },
  )

  inScope(kit, 'checkpoint: with a provider and no option there is none in the context', {}, async (_s, clock) => {
    const provider = observed(lib)
    const s = lib.scope({ persistence: { checkpoint: provider } })
    const t = s.task((context) => assert.isFalse('checkpoint' in context), { id: 'job' })
    assert.isTrue(t.isStarted, 'at once')
    assert.strictEqual((await t)[0], undefined)
    assert.deepEqual(provider.calls, [])
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: misuse throws at the call', {}, async (_s, clock) => {
    const s = lib.scope({ persistence: { checkpoint: memory() } })
    const body = (): unknown => assert.fail('ran')
    assert.throws(() => s.task(body, { checkpoint: {} }), TypeError, /id/)
    for (const odd of [null, 5, true, []]) assert.throws(() => s.task(body, job(odd as never)), TypeError, /checkpoint/)
    for (const [option, value, kind] of [
      ['interval', -1, RangeError],
      ['interval', '5', TypeError],
      ['maxCheckpoints', 0, RangeError],
      ['version', 1.5, RangeError],
      ['migrate', 5, TypeError],
      ['onCheckpoint', 5, TypeError],
      ['onResume', 5, TypeError],
    ] as const) {
      assert.throws(() => s.task(body, job({ [option]: value } as never)), kind, new RegExp(option))
    }
    for (const odd of [null, 5, {}, { save() {} }]) {
      assert.throws(
        () => lib.scope({ persistence: { checkpoint: odd as never } }),
        TypeError,
        /persistence\.checkpoint/,
      )
    }
    await end(s, clock)
  })

  inScope(kit, 'checkpoint: resumeTask goes on, begins, or insists', {}, async (_s, clock) => {
    const provider = memory()
    const s = lib.scope({ persistence: { checkpoint: provider } })
    assert.deepEqual(await s.resumeTask('job', (context) => of(context).data), [undefined, undefined])
    const [missing] = await s.resumeTask('job', (): unknown => assert.fail('ran'), { requireExisting: true })
    assert.strictEqual(missing?.message, 'No checkpoint found for task ID: job')
    await left(lib, provider, 'job', 'state')
    assert.deepEqual(await s.resumeTask('job', (context) => of(context).data, { requireExisting: true }), [
      undefined,
      'state',
    ])
    assert.throws(() => s.resumeTask('', () => 1), RangeError, /id/)
    assert.throws(() => s.resumeTask('job', () => 1, { requireExisting: 5 as never }), TypeError, /requireExisting/)
    const none = lib.scope()
    assert.instanceOf(
      thrownBy(() => none.resumeTask('job', () => 1)),
      TypeError,
    )
    await end(none, clock)
    await end(s, clock)
  })
}
