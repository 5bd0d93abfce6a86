/** Times, states and tasks in words and signs. */

import type { InspectedTask, InspectedTaskStatus } from './inspection.js'

/** What tasks can be, in the order of the legend, each with a sign so that colour is not needed. */
export const statuses: readonly { readonly status: InspectedTaskStatus; readonly sign: string }[] = [
  { status: 'queued', sign: '…' },
  { status: 'running', sign: '▶' },
  { status: 'retrying', sign: '↻' },
  { status: 'succeeded', sign: '✓' },
  { status: 'failed', sign: '✕' },
  { status: 'cancelled', sign: '⊘' },
]

/** The sign of a status. */
export function signOf(status: InspectedTaskStatus): string {
  return statuses.find((each) => each.status === status)?.sign ?? ''
}

/** A stretch of time, to three digits or so. */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 100_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}

/** True while there is more to come of it. */
export function isLive({ settledAt, lingers }: InspectedTask): boolean {
  return settledAt === undefined || lingers
}

/** Under which name the tasks of a scope stand together: scopes made again and again, named or not, share one. */
export function groupOf({ scopeName }: InspectedTask): string {
  return /^scope-\d+$/.test(scopeName) ? 'scopes without name' : scopeName
}

/** How it went, in one line. */
export function summary(task: InspectedTask, now: number): string {
  const { status, queuedAt, startedAt, settledAt, attempt, retries, reason, lingers } = task
  const parts = [
    lingers ? `${status}, its body runs on` : status,
    startedAt === undefined
      ? `waited ${duration((settledAt ?? now) - queuedAt)}`
      : `ran ${duration((settledAt ?? now) - startedAt)}`,
  ]
  if (startedAt !== undefined && startedAt - queuedAt >= 1) parts.push(`waited ${duration(startedAt - queuedAt)}`)
  if (attempt > 1 || retries.length > 0) parts.push(`attempt ${attempt}`)
  if (reason !== undefined) parts.push(reason)
  return parts.join(', ')
}
