/**
 * What a body saves its state with.
 *
 * 1. Saves run one after another, in the order they were asked for, and their numbers count up by one.
 * 2. A number is used up by a save that succeeded only, so that a failed one leaves no gap.
 * 3. What comes after a save (tidying up, the callback) changes nothing about it: the data is durable.
 */

import { toError } from '../base/errors.js'
import { integer, object, optionalCallback, text } from '../base/options.js'
import type { Checkpoint, CheckpointContext, CheckpointProvider } from './types.js'

const action = 'create checkpoint context'

/** How a checkpoint context is made. */
export interface CheckpointContextOptions {
  /** Where the task goes on from. Default: from the beginning. */
  readonly latest?: Checkpoint | undefined
  /** How many checkpoints are kept. Default: 10. */
  readonly maxCheckpoints?: number
  /** Called once after each save, when it is durable. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
  /** How far the task is, from 0 to 100. Default: always 0. */
  readonly progress?: () => { readonly percentage: number; readonly eta?: number }
  /** Hears of errors that have no other way out: a callback that throws, a failed clean-up. Default: nobody. */
  readonly report?: (error: unknown, where: string) => void
}

/**
 * Makes the context that a task saves its checkpoints with. `data` is the latest value that is durable.
 *
 * A provider that fails makes that `save` reject with its error; later saves are tried all the same.
 *
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
  const { maxCheckpoints = 10, onCheckpoint, progress, report = () => {} } = object(action, 'options', options)
  const keep = integer(action, 'maxCheckpoints', maxCheckpoints, 1, true)
  optionalCallback(action, 'onCheckpoint', onCheckpoint)
  let latest = options.latest as Checkpoint<T> | undefined // the task that saved it is the one that goes on
  let last: Promise<unknown> = Promise.resolve()

  const write = async (data: T): Promise<void> => {
    const checkpoint = follow(latest, taskId, data, progress?.())
    await provider.save(checkpoint)
    latest = checkpoint
    await guard('checkpoint cleanup', keep === Infinity ? undefined : () => provider.cleanup(taskId, keep))
    await guard('onCheckpoint callback', () => onCheckpoint?.(checkpoint))
  }
  const guard = async (where: string, fn: (() => unknown) | undefined): Promise<void> => {
    try {
      await fn?.()
    } catch (error) {
      report(error, where)
    }
  }
  return {
    save(data) {
      const saved = last.then(() => write(data))
      last = saved.catch(() => {}) // whoever asked for the save sees its error; the next one goes on
      return saved.catch((error: unknown) => {
        throw toError(error)
      })
    },
    get data() {
      return latest?.data as T // optional in the interface: absent until something was saved
    },
  }
}

/** The checkpoint that comes after another one. */
function follow<T>(
  previous: Checkpoint<T> | undefined,
  taskId: string,
  data: T,
  progress: { readonly percentage: number; readonly eta?: number } = { percentage: 0 },
): Checkpoint<T> {
  const sequence = (previous?.sequence ?? 0) + 1
  const timestamp = Date.now()
  const { percentage, eta } = progress
  const checkpoint = {
    id: `${taskId}-${timestamp}-${sequence}`,
    taskId,
    sequence,
    timestamp,
    progress: percentage,
    data,
  }
  return eta === undefined ? checkpoint : { ...checkpoint, estimatedTimeRemaining: eta }
}
