/** What every checkpoint provider must do, as tests that anybody can run on theirs. */
import { encode } from '../../src/persist/codec.js'
import { seal } from '../../src/persist/record.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'

/** The assertions the suite uses: those of `node:assert` will do, and chai's. */
export interface SuiteAssertions {
  ok(value: unknown, message?: string): void
  strictEqual(actual: unknown, expected: unknown, message?: string): void
  deepEqual(actual: unknown, expected: unknown, message?: string): void
}

/** What the suite is run with. */
export interface CheckpointSuite {
  /** Registers a test. */
  readonly test: (name: string, fn: () => Promise<void>) => void
  readonly assert: SuiteAssertions
  /** Gives a provider; asked again, another one on the same store, as a second process would have, or the same. */
  readonly open: () => CheckpointProvider | Promise<CheckpointProvider>
}

type Case = (tools: Tools) => Promise<void>

interface Tools {
  readonly assert: SuiteAssertions
  readonly one: CheckpointProvider
  readonly two: CheckpointProvider
  /** An id that no other test has. */
  readonly task: string
}

let tasks = 0

/** Ids that file systems, databases and URLs have trouble with, all different. */
const hostile: readonly string[] = [
  '../../etc/passwd',
  '..',
  '.',
  '/',
  'a/b',
  'a\\b',
  'CON',
  'con',
  'Con',
  'nul.txt',
  'a\0b',
  'a b ',
  'a%2Fb',
  "'; drop table checkpoints; --",
  '*',
  '{}',
  'ä',
  'a\u0308',
  '日本語',
  '😀',
  '\ud83d',
  '\ude00',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  'x'.repeat(5_000),
  '__proto__',
  'task-1-2',
  'a-1',
  '0',
  '\n',
  'fence',
]

/** A record as a task would save it. */
function record(taskId: string, sequence: number, data: unknown = { sequence }): Checkpoint {
  const progress = { percentage: 12.5, eta: 250 }
  return seal({ taskId, sequence, timestamp: 1_700_000_000_000, progress, json: encode(data), version: 3 })
}

const numbers = (records: readonly Checkpoint[]): number[] => records.map(({ sequence }) => sequence)

/** What a promise rejects with; an `Error` about it when it does not. */
function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not reject'),
    (error: Error) => error,
  )
}

const cases: Readonly<Record<string, Case>> = {
  'what was saved comes back as it was': async ({ assert, one, two, task }) => {
    assert.strictEqual((await one.loadLatest(task)) ?? undefined, undefined)
    assert.deepEqual(await one.list(task), [])
    const odd = {
      text: '\0\ud800"\\\n\u2028',
      at: new Date(5),
      list: [1e21, -0, 5e-324, undefined, null],
      $go: 'x',
      bytes: new Uint8Array([0, 255]),
    }
    const first = record(task, 1, odd)
    await one.save(first)
    assert.deepEqual(await two.loadLatest(task), first)
    assert.deepEqual(await two.list(task), [first])
    assert.deepEqual(await two.load(first.id), first)
    const scant = { id: 'an id of my own', taskId: task, sequence: 2, timestamp: 0, progress: 0, data: null }
    await two.save(scant)
    assert.deepEqual(await one.loadLatest(task), scant)
    assert.deepEqual(await one.load('an id of my own'), scant)
    assert.strictEqual((await one.load(`${task}-5-5`)) ?? undefined, undefined)
    await one.deleteAll(task)
  },
  'the newest is the one with the highest number, and lists go from the oldest': async ({ assert, one, two, task }) => {
    for (const sequence of [2, 10, 1, 9, 100]) await one.save(record(task, sequence))
    assert.deepEqual(numbers(await two.list(task)), [1, 2, 9, 10, 100])
    assert.strictEqual((await two.loadLatest(task))?.sequence, 100)
    await one.deleteAll(task)
  },
  'the same number again replaces': async ({ assert, one, two, task }) => {
    await one.save(record(task, 1, 'old'))
    await one.save({ ...record(task, 1, 'new'), id: `${task}-1700000000001-1` })
    assert.deepEqual(
      (await two.list(task)).map(({ data }) => data),
      ['new'],
    )
    await one.deleteAll(task)
  },
  'cleanup keeps the newest': async ({ assert, one, two, task }) => {
    for (let sequence = 1; sequence <= 12; sequence++) await one.save(record(task, sequence))
    await two.cleanup(task, Infinity)
    await two.cleanup(task, 20)
    assert.strictEqual((await one.list(task)).length, 12)
    await two.cleanup(task, 3)
    assert.deepEqual(numbers(await one.list(task)), [10, 11, 12])
    assert.strictEqual((await one.load(record(task, 1).id)) ?? undefined, undefined)
    await two.cleanup(task, 0)
    assert.deepEqual(await one.list(task), [])
    await one.deleteAll(task)
  },
  'deleteAll leaves nothing, of one task only, and may be called again': async ({ assert, one, two, task }) => {
    const other = `${task} other`
    await one.save(record(task, 1))
    await one.save(record(other, 1))
    await two.deleteAll(task)
    await two.deleteAll(task)
    assert.deepEqual(await one.list(task), [])
    assert.strictEqual((await one.loadLatest(task)) ?? undefined, undefined)
    assert.deepEqual(numbers(await one.list(other)), [1])
    await one.deleteAll(other)
  },
  'any text is a task id': async ({ assert, one, two, task }) => {
    for (const [at, id] of hostile.entries()) {
      await one.deleteAll(id)
      await one.save(record(id, 1, at))
    }
    for (const [at, id] of hostile.entries()) {
      assert.deepEqual(
        (await two.list(id)).map(({ data }) => data),
        [at],
        JSON.stringify(id.slice(0, 40)),
      )
      assert.strictEqual((await two.load(record(id, 1).id))?.data, at)
    }
    for (const id of hostile) await one.deleteAll(id)
    assert.deepEqual(await one.list(task), [])
  },
  'a long record fits, and is replaced by a short one': async ({ assert, one, two, task }) => {
    const long = record(task, 1, { text: 'ä'.repeat(1_500_000) })
    await one.save(long)
    assert.ok(JSON.stringify(await two.loadLatest(task)) === JSON.stringify(long), 'every character of it')
    await one.save(record(task, 1, 'short'))
    assert.deepEqual(await two.loadLatest(task), record(task, 1, 'short'))
    await one.deleteAll(task)
  },
  'many saves at once are all kept': async ({ assert, one, two, task }) => {
    const saves = Array.from({ length: 20 }, (_, at) => (at % 2 ? one : two).save(record(task, at + 1)))
    await Promise.all(saves)
    assert.deepEqual(
      numbers(await one.list(task)),
      saves.map((_, at) => at + 1),
    )
    await one.deleteAll(task)
  },
  'a claim shuts out whoever had the task before': async ({ assert, one, two, task }) => {
    if (one.claim === undefined || two.claim === undefined) return
    const first = await one.claim(task)
    await one.save(record(task, 1, 'first'), first)
    const second = await two.claim(task)
    assert.ok(second > first, `${second} > ${first}`)
    const refused = await failureOf(one.save(record(task, 2, 'late'), first))
    assert.strictEqual(refused.name, 'CheckpointFencedError', String(refused))
    assert.deepEqual(await one.list(task), [record(task, 1, 'first')])
    await two.save(record(task, 2, 'second'), second)
    assert.strictEqual((await one.loadLatest(task))?.data, 'second')
    const kept = await failureOf(one.deleteAll(task, first))
    assert.strictEqual(kept.name, 'CheckpointFencedError', String(kept))
    assert.strictEqual((await one.list(task)).length, 2)
    await two.deleteAll(task, second)
    const afterwards = await failureOf(one.save(record(task, 2, 'late'), first))
    assert.strictEqual(afterwards.name, 'CheckpointFencedError', String(afterwards))
    assert.deepEqual(await one.list(task), [])
    const third = await one.claim(task)
    assert.ok(third > second, `${third} > ${second}`)
    await one.deleteAll(task)
  },
  'claims at once have one winner': async ({ assert, one, two, task }) => {
    if (one.claim === undefined || two.claim === undefined) return
    const claims = Array.from({ length: 10 }, (_, at) => (at % 2 ? one : two).claim?.(task))
    const fences = (await Promise.all(claims)).map(Number)
    assert.strictEqual(new Set(fences).size, fences.length, 'all different')
    const highest = Math.max(...fences)
    for (const [at, fence] of fences.entries()) {
      const failed = await failureOf(one.save(record(task, at + 1), fence))
      assert.strictEqual(failed.name === 'CheckpointFencedError', fence !== highest, `${fence} of ${fences}: ${failed}`)
    }
    assert.deepEqual(numbers(await two.list(task)), [fences.indexOf(highest) + 1])
    await one.deleteAll(task)
  },
  'misuse is refused': async ({ assert, one, task }) => {
    const wrong: readonly (() => Promise<unknown>)[] = [
      () => one.save(null as never),
      () => one.save({ ...record(task, 1), sequence: 1.5 }),
      () => one.save({ ...record(task, 1), taskId: '' }),
      () => one.save({ ...record(task, 1), id: '' }),
      () => one.cleanup(task, -1),
    ]
    for (const [at, fn] of wrong.entries()) {
      const error = await failureOf(fn())
      assert.ok(error instanceof TypeError || error instanceof RangeError, `${at}: ${error}`)
    }
    assert.deepEqual(await one.list(task), [])
  },
}

/**
 * Registers tests that a checkpoint provider must pass. They use ids of their own and leave nothing behind.
 *
 * A provider without `claim` passes too; its tasks are then not protected from a second run.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import assert from 'node:assert'
 * import { checkpointProviderSuite } from 'go-go-scope/testing'
 *
 * checkpointProviderSuite({ test, assert, open: () => new InMemoryCheckpointProvider() })
 * ```
 */
export function checkpointProviderSuite({ test, assert, open }: CheckpointSuite): void {
  for (const [name, run] of Object.entries(cases)) {
    test(`checkpoint provider: ${name}`, async () => {
      const task = `suite ${++tasks} ${Date.now()}`
      await run({ assert, one: await open(), two: await open(), task })
    })
  }
}
