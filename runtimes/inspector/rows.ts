/** The lines of the tree: scopes, and below each its breakers, channels and living tasks. */

import type { Filter } from './filter.js'
import type { InspectedBreaker, InspectedChannel, InspectedScope, InspectedTask, Inspection } from './inspection.js'
import { duration, isLive, signOf } from './words.js'

/** A line. */
export interface Row {
  /** The same for the same thing, at any time. */
  readonly key: string
  readonly level: number
  readonly kind: 'scope' | 'task' | 'channel' | 'breaker' | 'more'
  /** Which colour it has. */
  readonly state: string
  readonly sign: string
  readonly name: string
  /** What else there is to say. */
  readonly note: string
  /** `undefined` where nothing is below. */
  readonly open: boolean | undefined
  readonly position: number
  readonly size: number
}

type Line = Omit<Row, 'level' | 'position' | 'size'>

/** How many tasks of one scope are listed. */
const mostTasks = 50
/** How many lines there are in all. */
const mostRows = 500

const scopeSigns: Readonly<Record<InspectedScope['state'], string>> = {
  live: '●',
  aborted: '⊘',
  disposing: '◌',
  disposed: '○',
}
const breakerSigns: Readonly<Record<InspectedBreaker['state'], string>> = { closed: '◆', open: '◇', 'half-open': '◈' }

/** The lines as they are to be shown, in order. */
export function rowsOf({ scope, tasks, at }: Inspection, filter: Filter, closed: ReadonlySet<string>): readonly Row[] {
  const tasksOf = new Map<number, InspectedTask[]>()
  for (const task of tasks) {
    if (!isLive(task) || !filter.task(task)) continue
    const own = tasksOf.get(task.scope)
    if (own === undefined) tasksOf.set(task.scope, [task])
    else own.push(task)
  }
  const shown = visible(scope, filter, tasksOf)
  const rows: Row[] = []
  const pending: { readonly node: InspectedScope | Line; readonly level: number; position: number; size: number }[] = [
    { node: scope, level: 1, position: 1, size: 1 },
  ]
  for (let next = pending.pop(); next !== undefined && rows.length < mostRows; next = pending.pop()) {
    const { node, ...where } = next
    if (!('children' in node)) {
      rows.push({ ...node, ...where })
      continue
    }
    const below = [
      ...linesOf(node, tasksOf.get(node.id) ?? [], filter, at),
      ...node.children.filter((child) => shown.has(child.id)),
    ]
    const line = scopeLine(node, below.length > 0, closed)
    rows.push({ ...line, ...where })
    if (line.open !== true) continue
    const places = below.map((each, i) => ({ node: each, level: where.level + 1, position: i + 1, size: below.length }))
    pending.push(...places.reverse())
  }
  return rows
}

/** The scopes that match, and those above a match. */
function visible(
  root: InspectedScope,
  filter: Filter,
  tasksOf: ReadonlyMap<number, readonly InspectedTask[]>,
): ReadonlySet<number> {
  const all: InspectedScope[] = [root]
  for (const scope of all) all.push(...scope.children)
  const shown = new Set<number>([root.id])
  for (const scope of all.reverse()) {
    const parts = linesOf(scope, tasksOf.get(scope.id) ?? [], filter, 0).length > 0
    if (parts || filter.scope(scope) || scope.children.some(({ id }) => shown.has(id))) shown.add(scope.id)
  }
  return shown
}

function scopeLine(scope: InspectedScope, hasMore: boolean, closed: ReadonlySet<string>): Line {
  const { id, name, state, reason, active, concurrency } = scope
  const notes = [
    state === 'live' ? '' : state,
    active === 0 ? '' : `${active} active`,
    concurrency === undefined ? '' : `limit ${concurrency}`,
    reason ?? '',
  ]
  const key = `scope ${id}`
  return {
    key,
    kind: 'scope',
    state,
    sign: scopeSigns[state],
    name,
    note: notes.filter(Boolean).join(' · '),
    open: hasMore ? !closed.has(key) : undefined,
  }
}

function linesOf(scope: InspectedScope, tasks: readonly InspectedTask[], filter: Filter, now: number): Line[] {
  const lines = [
    ...scope.breakers.map((breaker, i) => breakerLine(scope.id, breaker, i)),
    ...scope.channels.filter(({ state }) => state === 'open').map((channel) => channelLine(channel)),
  ].filter(({ kind, state, name, note }) => filter.part(`${kind} ${name} ${state} ${note} ${scope.name}`))
  lines.push(...tasks.slice(0, mostTasks).map((task) => taskLine(task, now)))
  if (tasks.length > mostTasks) {
    const name = `${tasks.length - mostTasks} more tasks`
    lines.push({ key: `more ${scope.id}`, kind: 'more', state: 'more', sign: '⋮', name, note: '', open: undefined })
  }
  return lines
}

function taskLine(task: InspectedTask, now: number): Line {
  const { id, name, index, status, queuedAt, startedAt, attempt, lingers } = task
  const notes = [
    lingers ? `${status}, runs on` : status,
    duration(now - (startedAt ?? queuedAt)),
    attempt > 1 ? `attempt ${attempt}` : '',
  ]
  const note = notes.filter(Boolean).join(' · ')
  return {
    key: `task ${id}`,
    kind: 'task',
    state: status,
    sign: signOf(status),
    name: `${name} #${index}`,
    note,
    open: undefined,
  }
}

function channelLine({ id, kind, state, size, capacity, strategy, waiting, subscribers }: InspectedChannel): Line {
  const notes = [
    `${size}${capacity === null ? '' : `/${capacity}`} values`,
    subscribers === undefined ? '' : `${subscribers} ${subscribers === 1 ? 'subscriber' : 'subscribers'}`,
    waiting === undefined ? '' : `${waiting} wait`,
    strategy === 'block' ? '' : strategy,
  ]
  const note = notes.filter(Boolean).join(' · ')
  return { key: `channel ${id}`, kind: 'channel', state, sign: '⇄', name: `${kind} ${id}`, note, open: undefined }
}

function breakerLine(scope: number, breaker: InspectedBreaker, at: number): Line {
  const { name, state, failures, failureThreshold } = breaker
  const note = `${state} · ${failures}/${failureThreshold} failures`
  return {
    key: `breaker ${scope} ${at}`,
    kind: 'breaker',
    state,
    sign: breakerSigns[state],
    name,
    note,
    open: undefined,
  }
}
