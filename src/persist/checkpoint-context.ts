/** What a body saves its state with, made without a task. */

import { integer, object, optionalCallback, text } from '../base/options.js'
import { CheckpointLog } from './checkpoint-log.js'
import { encode } from './codec.js'
import { CheckpointCorruptError } from './errors.js'
import type { Progress } from './progress.js'
import { open } from './record.js'
import type { Checkpoint, CheckpointContext, CheckpointProvider } from './types.js'

const action = 'create checkpoint context'

/** How a checkpoint context is made. */
export interface CheckpointContextOptions {
  /** Where the task goes on from, as the provider gave it. Default: from the beginning. */
  readonly latest?: Checkpoint | undefined
  /** How many checkpoints are kept. Default: 10. */
  readonly maxCheckpoints?: number
  /** Version of the data, kept with it. Default: none. */
  readonly version?: number
  /** What the provider's `claim` gave: saves are refused once somebody else has claimed the task. Default: none. */
  readonly fence?: number
  /** Called once after each save, when it is durable. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
  /** How far the task is, from 0 to 100. Default: always 0. */
  readonly progress?: () => Progress
  /** Hears of errors that have no other way out: a callback that throws, a failed clean-up. Default: nobody. */
  readonly report?: (error: unknown, where: string) => void
}

/**
 * Makes a context that saves checkpoints, as a task's own does. `data` is the latest value that is durable.
 *
 * What is not plain JSON (dates, maps, bigints, buffers, errors and more) is encoded; functions, symbols, cycles and objects of
 * classes of their own are refused with a `TypeError`. A provider that fails makes that `save` reject with its error; later saves
 * are tried all the same. There is no interval here: `stage` saves at once, and what goes wrong with that is reported.
 *
 * @throws TypeError, RangeError for options that make no sense; CheckpointCorruptError when `latest` is damaged.
 * @example
 * ```ts
 * const provider = new InMemoryCheckpointProvider()
 * const latest = await provider.loadLatest<number>('import')
 * const checkpoint = createCheckpointContext<number>('import', provider, { latest })
 * for (let row = checkpoint.data ?? 0; row < rows.length; row++) await checkpoint.save(row)
 * ```
 */
export function createCheckpointContext<T = unknown>(
  taskId: string,
  provider: CheckpointProvider,
  options: CheckpointContextOptions = {},
): CheckpointContext<T> {
  text(action, 'taskId', taskId)
  object(action, 'provider', provider)
  const { maxCheckpoints = 10, version, fence, latest, onCheckpoint, report } = object(action, 'options', options)
  const { progress = () => ({ percentage: 0 }) } = options
  const settings = {
    taskId,
    provider,
    keep: integer(action, 'maxCheckpoints', maxCheckpoints, 1, true),
    version: version === undefined ? undefined : integer(action, 'version', version, 0),
    onCheckpoint: optionalCallback(action, 'onCheckpoint', onCheckpoint),
    report: optionalCallback(action, 'report', report) ?? (() => {}),
  }
  const start = latest && open(latest)
  if (latest !== undefined && start === undefined) throw new CheckpointCorruptError(taskId)
  const from = latest && { json: latest.data, sequence: latest.sequence, percentage: latest.progress }
  const log = new CheckpointLog(settings, from, fence)
  return {
    save: (data) => log.save(data, progress),
    stage(data) {
      log.write(encode(data), progress).catch((error: unknown) => settings.report(error, 'staged checkpoint'))
    },
    get data() {
      return log.data as T // the task that saved it is the one that goes on
    },
  }
}
