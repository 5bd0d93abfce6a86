/** Draws a settled task in the performance panel of a browser: one track for each scope. */

import type { Runtime } from '../runtime.js'
import { Task, type TaskStatus } from '../task/task.js'

/** The panel's names of colours. */
const colors: Partial<Record<TaskStatus, string>> = {
  succeeded: 'primary',
  failed: 'error',
  cancelled: 'tertiary-light',
}

/** What its scope has seen of it. */
export interface Seen {
  readonly queued: number
  readonly end: number
  readonly attempts: number
}

/** From its start, or from its place in the queue if it never had one, to its Result; in the form that Chrome documents. */
export function draw(measure: NonNullable<Runtime['measure']>, task: object, { queued, end, attempts }: Seen): void {
  if (!(task instanceof Task)) return
  const { name, index, status, error, group } = task
  const start = task.isStarted ? task.startedAt : queued
  const properties: [string, string][] = [
    ['status', status],
    ['waited', `${(start - queued).toFixed(1)} ms`],
    ['attempts', `${attempts}`],
  ]
  if (error !== undefined) properties.push(['reason', `${error.name}: ${error.message}`])
  measure(`${name} #${index}`, start, end, {
    devtools: {
      dataType: 'track-entry',
      track: group.settings.scopeName,
      trackGroup: 'go-go-scope',
      color: colors[status],
      properties,
      tooltipText: `${name} #${index}: ${status}`,
    },
  })
}
