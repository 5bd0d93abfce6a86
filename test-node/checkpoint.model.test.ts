/** Tasks with checkpoints against a model: what was told to be saved is what the next run goes on from, whatever fails. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InMemoryCheckpointProvider } from '../src/persist/memory.js'
import { openScope } from '../src/scope/scope.js'
import { type VirtualClock, virtualTime } from '../src/testing/index.js'
import { Page } from './lifetime-stub.js'

const runs = process.env.TEST_LONG === '1' ? 20_000 : 500

let clock: VirtualClock
beforeEach(() => void (clock = virtualTime()))
afterEach(() => clock.restore())

const page = new Page()
const open = (checkpoint: InMemoryCheckpointProvider) =>
  openScope(
    {
      name: 'generic',
      now: () => performance.now(),
      randomBytes: (length) => new Uint8Array(length),
      log: () => {},
      events: page,
    },
    { persistence: { checkpoint } },
  )

/** One step of a run, and how its run ends. */
const step = fc.constantFrom('save', 'refused', 'fails', 'damaged')
const program = fc.array(
  fc.record({ steps: fc.array(step, { maxLength: 5 }), end: fc.constantFrom('throw', 'cancel', 'newer') }),
  {
    minLength: 1,
    maxLength: 6,
  },
)

describe('a task with checkpoints', () => {
  test('goes on from the last save that was told of and is whole', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (turns) => {
        const provider = new InMemoryCheckpointProvider()
        const save = provider.save.bind(provider)
        let disk: 'fine' | 'full' = 'fine'
        provider.save = (...args) => (disk === 'full' ? Promise.reject(new Error('full')) : save(...args))
        const s = open(provider)
        const kept: (number | 'damaged')[] = [] // by number, oldest first
        let value = 0
        for (const { steps, end } of turns) {
          const expected = kept.findLast((each) => each !== 'damaged')
          const lost = kept.length > 0 && expected === undefined
          let began = false
          const t = s.resumeTask('job', async ({ checkpoint, signal }) => {
            began = true
            expect(checkpoint?.data).toBe(expected)
            for (const what of steps) {
              disk = what === 'fails' ? 'full' : 'fine'
              const saved = checkpoint?.save(what === 'refused' ? () => {} : ++value)
              if (what === 'fails' || what === 'refused') await expect(saved).rejects.toThrow()
              else {
                await saved
                kept.push(value)
                while (kept.length > 10) kept.shift()
              }
              if (what !== 'damaged' || kept.length === 0) continue
              const newest = await provider.loadLatest('job')
              if (newest !== undefined) await save({ ...newest, data: 'torn' })
              kept[kept.length - 1] = 'damaged'
            }
            disk = 'fine'
            if (end === 'throw') throw new Error('stop')
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
          })
          await clock.settle()
          if (end === 'newer') await provider.claim('job')
          t.cancel()
          const [error] = await t
          await t.settled
          expect(began).toBe(!lost)
          expect(error?.name).toBe(lost ? 'CheckpointCorruptError' : end === 'throw' ? 'Error' : 'AbortError')
        }
        await s[Symbol.asyncDispose]()
        expect(clock.pendingTimers).toBe(0)
      }),
      { numRuns: runs },
    )
  })

  test('saves what is staged when the page is hidden, and listens to it only while something is', async () => {
    const provider = new InMemoryCheckpointProvider()
    const s = open(provider)
    const t = s.task(
      async ({ checkpoint, signal }) => {
        expect(page.listeners).toBe(0)
        checkpoint?.stage('state')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      { id: 'job', checkpoint: { interval: 60_000 } },
    )
    await clock.settle()
    expect(page.listeners).toBe(1)
    page.hide()
    await clock.settle()
    expect((await provider.loadLatest('job'))?.data).toBe('state')
    expect([page.listeners, clock.pendingTimers]).toEqual([0, 0])
    t.cancel()
    await t.settled
    await s[Symbol.asyncDispose]()
  })
})
