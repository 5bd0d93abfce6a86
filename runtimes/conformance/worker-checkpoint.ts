/** A task in a worker saves its checkpoints through the scope, and goes on from them in another worker. */

import type { WorkerContext } from '../generic/index.js'
import type { Kit } from './kit.js'
import { failed, withWorkers } from './worker-fixtures.js'

export function workerCheckpoint(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  withWorkers(kit, 'what a task saves is durable, and the next run goes on from it', {}, async (s) => {
    const checkpoint = new lib.InMemoryCheckpointProvider()
    const child = s.createChild({ persistence: { checkpoint } })
    const sequences: number[] = []
    const work = async ({ data, checkpoint: saved }: WorkerContext<{ readonly fails: boolean }>) => {
      const from = saved?.data === undefined ? 0 : Number(saved.data)
      await saved?.save(from + 1)
      await saved?.save(from + 2)
      if (data.fails) throw new Error(`stopped at ${saved?.data}`)
      return from
    }
    const options = {
      worker: true,
      id: 'job',
      checkpoint: { onCheckpoint: ({ sequence }: { readonly sequence: number }) => void sequences.push(sequence) },
    } as const
    const error = failed(kit, await child.task(work, { ...options, data: { fails: true } }), Error)
    assert.strictEqual(error.message, 'stopped at 2')
    assert.strictEqual((await checkpoint.loadLatest('job'))?.data, 2)
    assert.deepEqual(await child.task(work, { ...options, data: { fails: false } }), [undefined, 2])
    assert.deepEqual(sequences, [1, 2, 3, 4])
    assert.deepEqual(await checkpoint.list('job'), [])
  })

  withWorkers(
    kit,
    'what a task has staged is saved when it fails, and what cannot be kept is told',
    {},
    async (s, log) => {
      const checkpoint = new lib.InMemoryCheckpointProvider()
      const child = s.createChild({ persistence: { checkpoint } })
      const work = async ({ checkpoint: saved }: WorkerContext) => {
        saved?.stage({ row: 7 })
        const round: { self?: unknown } = {}
        round.self = round
        saved?.stage(round)
        throw new Error('stopped')
      }
      failed(kit, await child.task(work, { worker: true, id: 'job', checkpoint: { interval: 60_000 } }), Error)
      assert.deepEqual((await checkpoint.loadLatest('job'))?.data, { row: 7 })
      if (kit.env.workers !== undefined) assert.lengthOf(log.at('error'), 1)
    },
  )

  withWorkers(kit, 'a provider that fails rejects the save in the worker', {}, async (s) => {
    const checkpoint = new lib.InMemoryCheckpointProvider()
    checkpoint.save = () => Promise.reject(new Error('the disk is gone'))
    const child = s.createChild({ persistence: { checkpoint } })
    const work = async ({ checkpoint: saved }: WorkerContext) => {
      try {
        await saved?.save(1)
        return 'saved'
      } catch (error) {
        return String(error)
      }
    }
    const [error, value] = await child.task(work, { worker: true, id: 'job', checkpoint: {} })
    assert.isUndefined(error)
    assert.match(String(value), /the disk is gone/)
  })

  withWorkers(
    kit,
    'a save that nobody has awaited settles, and one after the end of its task is refused',
    { workerPool: { size: 1 } },
    async (s) => {
      const checkpoint = new lib.InMemoryCheckpointProvider()
      const child = s.createChild({ persistence: { checkpoint } })
      const leave = ({ checkpoint: saved }: WorkerContext) => {
        const told = (saving: Promise<void> | undefined) =>
          saving?.then(
            () => 'saved',
            (error: Error) => error.message,
          )
        const early = told(saved?.save(1))
        Object.assign(globalThis, { left: async () => [await early, await told(saved?.save(2))] })
      }
      const look = () => (globalThis as { left?: () => Promise<unknown[]> }).left?.()
      assert.deepEqual(await child.task(leave, { worker: true, id: 'job', checkpoint: {} }), [undefined, undefined])
      const [error, answers] = await child.task(look, { worker: true })
      assert.isUndefined(error)
      const late = kit.env.workers === undefined ? answers?.[1] : 'Cannot save checkpoint: its task has ended'
      assert.deepEqual(answers, ['saved', late])
    },
  )
}
