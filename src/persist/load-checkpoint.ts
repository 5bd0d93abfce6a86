/** Finds what a run goes on from: the newest record that is whole, brought to the version of the code. */

import { encode } from './codec.js'
import { CheckpointCorruptError, CheckpointVersionError } from './errors.js'
import { providerOdd } from './errors-provider.js'
import type { LogStart } from './checkpoint-log.js'
import { isRecord, open } from './record.js'
import type { Checkpoint, CheckpointOptions, CheckpointProvider } from './types.js'

/** What was found. */
export interface Found extends LogStart {
  /** With its data decoded, of the version of the code. */
  readonly checkpoint: Checkpoint
}

/** What is asked for. */
export interface Search extends Pick<CheckpointOptions, 'version' | 'migrate'> {
  readonly taskId: string
  readonly provider: CheckpointProvider
  warn(message: string): void
}

/** The newest whole record, `undefined` when there is no record at all. */
export async function loadCheckpoint(search: Search): Promise<Found | undefined> {
  const { taskId, provider, warn } = search
  const damaged = (what: string): void => warn(`Checkpoint of task ${JSON.stringify(taskId)} passed over: ${what}`)
  const latest: unknown = await provider.loadLatest(taskId, damaged)
  if (latest === undefined || latest === null) return undefined
  if (!isRecord(latest, taskId)) throw providerOdd('checkpoint', 'loadLatest', taskId, latest)
  const whole = open(latest)
  if (whole !== undefined) return upToDate(search, whole, latest.data, latest.sequence)
  damaged(`number ${latest.sequence} is damaged`)
  return olderThan(search, latest)
}

/** The newest whole record of a task whose newest one is damaged. */
async function olderThan(search: Search, latest: Checkpoint): Promise<Found> {
  const { taskId, provider } = search
  const listed: unknown = await provider.list(taskId)
  if (!Array.isArray(listed)) throw providerOdd('checkpoint', 'list', taskId, listed)
  const records = listed.filter((each): each is Checkpoint => isRecord(each, taskId))
  const sequence = records.reduce((highest, each) => Math.max(highest, each.sequence), latest.sequence)
  for (const record of records.sort((a, b) => b.sequence - a.sequence)) {
    const whole = open(record)
    if (whole !== undefined) return upToDate(search, whole, record.data, sequence)
  }
  throw new CheckpointCorruptError(taskId)
}

async function upToDate(search: Search, whole: Checkpoint, json: unknown, sequence: number): Promise<Found> {
  const { taskId, version: known = 0, migrate } = search
  const found = whole.version ?? 0
  if (found > known) throw new CheckpointVersionError(taskId, found, known)
  const percentage = whole.progress
  if (found === known) return { checkpoint: whole, json, sequence, percentage }
  if (migrate === undefined) {
    const what = `its checkpoint has version ${found}, the code has ${known} and no migrate`
    throw new TypeError(`Cannot resume task ${JSON.stringify(taskId)}: ${what}`)
  }
  const data = await migrate(whole.data, found)
  const checkpoint = { ...whole, data, version: known }
  return { checkpoint, json: encode(data, 'migrated data'), sequence, percentage }
}
