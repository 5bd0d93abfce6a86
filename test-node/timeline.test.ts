/** What `timeline` draws in the panel of a host that has one; a real one is asked in test-browser. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScope } from '../src/scope/scope.js'
import { virtualTime, type VirtualClock } from '../src/testing/index.js'
import { host } from '../runtimes/generic/runtime.js'
import { inspect } from '../runtimes/inspector/index.js'

let clock: VirtualClock
beforeEach(async () => {
  await import('../src/scope/draw.js') // the runner takes real time to fetch it
  clock = virtualTime()
})
afterEach(() => clock.restore())

interface Drawn {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly track: string
  readonly color: string
  readonly properties: Readonly<Record<string, string>>
}

interface Detail {
  readonly devtools: { readonly track: string; readonly color: string; readonly properties: [string, string][] }
}

/** A panel that remembers what was drawn in it. */
function panel() {
  const drawn: Drawn[] = []
  const measure = (name: string, start: number, end: number, detail: object): void => {
    const { devtools } = structuredClone(detail) as Detail
    const { track, color, properties } = devtools
    drawn.push({ name, start, end, track, color, properties: Object.fromEntries(properties) })
  }
  return { drawn, host: { ...host, measure } }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What draws is loaded on first use, in real time. */
async function untilDrawn(drawn: readonly unknown[], count: number): Promise<void> {
  for (let turns = 0; drawn.length < count && turns < 1_000; turns++) await clock.settle()
  expect(drawn).toHaveLength(count)
}

test('every task is drawn once it has settled, the first one too: when it ran, what it came to, in the track of its scope', async () => {
  const { drawn, host } = panel()
  const s = openScope(host, { name: 'search', timeline: true, concurrency: 1 })
  const from = host.now()
  const first = s.task(() => sleep(10), { id: 'fetch' })
  let runs = 0
  const body = (): unknown => (++runs < 2 ? Promise.reject(new Error('busy')) : sleep(5))
  const second = s.task(body, { id: 'store', retry: { max: 1, delay: 20 } })
  const waiting = s.task(() => 1, { id: 'waiting' })
  await clock.advance(12)
  waiting.cancel(new Error('not wanted'))
  await clock.advance(50)
  await Promise.all([first, second])
  const child = s.createChild({ name: 'details' })
  await child.task(() => Promise.reject(new TypeError('bad')), { id: 'broken' })
  await untilDrawn(drawn, 4)
  expect(drawn).toEqual([
    expect.objectContaining({ name: 'fetch #1', start: from, end: from + 10, track: 'search', color: 'primary' }),
    expect.objectContaining({ name: 'waiting #3', start: from, end: from + 12, color: 'tertiary-light' }),
    expect.objectContaining({ name: 'store #2', start: from + 10, end: from + 35, color: 'primary' }),
    expect.objectContaining({ name: 'broken #1', track: 'details', color: 'error' }),
  ])
  expect(drawn.map(({ properties }) => properties)).toEqual([
    { status: 'succeeded', waited: '0.0 ms', attempts: '1' },
    { status: 'cancelled', waited: '0.0 ms', attempts: '0', reason: 'Error: not wanted' },
    { status: 'succeeded', waited: '10.0 ms', attempts: '2' },
    { status: 'failed', waited: '0.0 ms', attempts: '1', reason: 'TypeError: bad' },
  ])
  await s[Symbol.asyncDispose]()
})

test('a child that asks for it again is drawn once, and a scope that does not ask is not drawn', async () => {
  const { drawn, host } = panel()
  const s = openScope(host, { timeline: true })
  const other = openScope(host)
  await other.task(() => 1)
  await s.createChild().createChild({ timeline: true }).task(() => 1)
  await s.task(() => 1)
  await untilDrawn(drawn, 2)
  await Promise.all([s, other].map((each) => each[Symbol.asyncDispose]()))
})

test('it goes together with inspectors, which come and go', async () => {
  const { drawn, host } = panel()
  const s = openScope(host, { timeline: true })
  const inspector = inspect(s)
  const child = s.createChild({ timeline: true })
  await child.task(() => 1)
  expect(inspector.snapshot().tasks).toHaveLength(1)
  inspector[Symbol.dispose]()
  await child.task(() => 1)
  await untilDrawn(drawn, 2)
  expect(inspector.snapshot().tasks).toHaveLength(1)
  await s[Symbol.asyncDispose]()
})

test('a panel that throws is told of and changes nothing', async () => {
  const lines: unknown[][] = []
  const error = new Error('no panel')
  const measure = (): void => {
    throw error
  }
  const log = (...line: unknown[]): void => void lines.push(line)
  const s = openScope({ ...host, log, measure }, { name: 's', timeline: true })
  expect(await s.task(() => 7)).toEqual([undefined, 7])
  await untilDrawn(lines, 1)
  expect(lines[0]).toEqual(['error', '[s] timeline threw', error])
  await s[Symbol.asyncDispose]()
})

test('a host without a panel does nothing', async () => {
  const s = openScope(host, { timeline: true })
  expect(await s.task(() => 7)).toEqual([undefined, 7])
  await s[Symbol.asyncDispose]()
})
