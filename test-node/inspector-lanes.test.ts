/** The inspector's lanes, against what they promise: no overlap, no jumping, no lane too many. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InspectedTask } from '../runtimes/inspector/index.js'
import { Lanes } from '../runtimes/inspector/lanes.js'
import { duration } from '../runtimes/inspector/words.js'

function task(id: number, scopeName: string, queuedAt: number, settledAt: number | undefined): InspectedTask {
  return {
    id,
    name: `task-${id}`,
    index: id,
    scope: 1,
    scopeName,
    status: settledAt === undefined ? 'running' : 'succeeded',
    attempt: 1,
    queuedAt,
    startedAt: queuedAt,
    ...(settledAt !== undefined && { settledAt }),
    retries: [],
    lingers: false,
  }
}

/** Tasks that begin and end at whole milliseconds, and how many of the oldest are forgotten by the end. */
const histories = fc.array(fc.record({ group: fc.constantFrom('a', 'b'), from: fc.nat(50), lasts: fc.nat(30) }), {
  maxLength: 40,
})

test('tasks of a lane never overlap, and a task stays in its lane', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 20 }), fc.nat(10), (history, step, forgotten) => {
      const sorted = [...history].sort((a, b) => a.from - b.from)
      const lanes = new Lanes()
      const rows = new Map<number, number>()
      for (let now = 0; now <= 100; now += step) {
        const tasks = sorted
          .map(({ group, from, lasts }, id) => task(id, group, from, from + lasts <= now ? from + lasts : undefined))
          .filter(({ queuedAt, id }) => queuedAt <= now && (now < 80 || id >= forgotten))
        lanes.place(tasks)
        const { bars, headings, rows: count } = lanes.plan(tasks, 0, 1_000)
        expect(bars).toHaveLength(tasks.length)
        const first = new Map(headings.map(({ name, row }) => [name, row + 1]))
        for (const { task: each, row } of bars) {
          expect(row).toBeLessThan(count)
          const lane = row - (first.get(each.scopeName) ?? Number.NaN)
          expect(rows.get(each.id) ?? lane).toBe(lane)
          rows.set(each.id, lane)
          for (const { task: other, row: otherRow } of bars) {
            if (other.id >= each.id || otherRow !== row) continue
            expect((other.settledAt ?? Number.POSITIVE_INFINITY) <= each.queuedAt).toBe(true)
          }
        }
      }
    }),
  )
})

test('one after another need one lane, and what is out of view needs no row', () => {
  const lanes = new Lanes()
  const tasks = Array.from({ length: 100 }, (_, i) => task(i, i < 50 ? 'old' : 'new', i * 10, i * 10 + 10))
  lanes.place(tasks)
  expect(lanes.plan(tasks, 0, 2_000).rows).toBe(4)
  const plan = lanes.plan(tasks, 600, 700)
  expect(plan.headings).toEqual([{ name: 'new', row: 0 }])
  expect(plan.bars).toHaveLength(12)
  lanes.place([])
  expect(lanes.plan([], 0, 2_000).rows).toBe(0)
})

test('times are told to three digits or so', () => {
  const told = [0, 1.25, 9.96, 123.4, 1_234, 12_345, 99_999, 123_456].map(duration)
  expect(told).toEqual(['0.0 ms', '1.3 ms', '10.0 ms', '123 ms', '1.23 s', '12.3 s', '100.0 s', '2 min 3 s'])
})
