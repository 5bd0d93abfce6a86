/** Checkpoints as they are stored: their data as JSON, with a checksum over what matters. */

import { integer, object, text } from '../base/options.js'
import { checksumOf } from './checksum.js'
import { decode } from './codec.js'
import type { Progress } from './progress.js'
import type { Checkpoint } from './types.js'

/** What goes into a record. */
export interface RecordParts {
  readonly taskId: string
  readonly sequence: number
  readonly timestamp: number
  readonly progress: Progress
  /** As `encode` made it. */
  readonly json: unknown
  readonly version: number | undefined
}

/** Makes a record. */
export function seal({ taskId, sequence, timestamp, progress, json, version }: RecordParts): Checkpoint {
  const { percentage, eta } = progress
  const record = {
    id: `${taskId}-${timestamp}-${sequence}`,
    taskId,
    sequence,
    timestamp,
    progress: percentage,
    ...(eta !== undefined && { estimatedTimeRemaining: eta }),
    ...(version !== undefined && { version }),
    data: json,
  }
  return { ...record, checksum: sumOf(record) }
}

/** True for what looks like a checkpoint of this task. */
export function isRecord(value: unknown, taskId: string): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false
  const { sequence, ...others } = value as Partial<Checkpoint> // each member is looked at
  return others.taskId === taskId && Number.isSafeInteger(sequence) && Number(sequence) >= 0
}

/**
 * The record with its data decoded; `undefined` for one that is damaged. A record without a checksum comes from a provider that
 * does not keep it, and is taken as it is.
 */
export function open(record: Checkpoint): Checkpoint | undefined {
  if (record.checksum !== undefined && record.checksum !== sumOf(record)) return undefined
  try {
    return { ...record, data: decode(record.data) }
  } catch {
    return undefined
  }
}

/** Of what a run goes on from; stores may round the rest. */
function sumOf({ taskId, sequence, version, data }: Omit<Checkpoint, 'id'>): string {
  return checksumOf([taskId, sequence, version ?? null, data])
}

/** The task and number that are in an id of `seal`; `undefined` for an id that somebody made up. */
export function partsOf(id: string): { readonly taskId: string; readonly sequence: number } | undefined {
  const [, taskId = '', sequence = ''] = id.match(/^(.+)-\d+-(\d+)$/s) ?? []
  return taskId === '' ? undefined : { taskId, sequence: Number(sequence) }
}

/** Throws for what is no checkpoint; gives it back otherwise. */
export function checkRecord<T>(checkpoint: Checkpoint<T>): Checkpoint<T> {
  const { id, taskId, sequence } = object('save checkpoint', 'checkpoint', checkpoint)
  text('save checkpoint', 'id', id)
  text('save checkpoint', 'taskId', taskId)
  integer('save checkpoint', 'sequence', sequence, 0)
  return checkpoint
}
