/**
 * Lets a task go on from what an earlier run has saved.
 *
 * 1. The task is claimed before its checkpoint is loaded: what an earlier owner saves after that is refused, so that nothing newer
 *    than what was loaded can appear.
 * 2. It is loaded once for all attempts. What fails is tried again by a retry, but for what would fail again: a damaged record
 *    that was set aside must not look like none.
 * 3. A success deletes what was saved; a failure or a cancellation keeps it.
 */

import { after } from '../base/clock.js'
import { toError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { CheckpointLog } from '../persist/checkpoint-log.js'
import { CheckpointCorruptError, CheckpointVersionError } from '../persist/errors.js'
import { ProviderError, providerOdd } from '../persist/errors-provider.js'
import { loadCheckpoint } from '../persist/load-checkpoint.js'
import type { CheckpointOptions, CheckpointProvider } from '../persist/types.js'
import { AttemptCheckpoints } from './checkpoint-attempt.js'
import { type CheckpointLayers, type CheckpointSettings, saves } from './checkpoint-options.js'
import { abortable, type Call } from './layer.js'

/** Providers that cannot shut out an earlier owner, which is said once for each. */
const unfenced: WeakSet<CheckpointProvider> = /* @__PURE__ */ new WeakSet()

/** Loads before the first attempt, deletes after the one that succeeds. */
export function checkpoints(options: CheckpointOptions, settings: CheckpointSettings): CheckpointLayers {
  const saved = new SavedTask(options, settings)
  return {
    task: (next) => async (call) => {
      saved.call = call
      const value = await next(call)
      await saved.finish(call)
      return value
    },
    attempt: (next) => async (call) => {
      const attempt = await saved.begin(call)
      saves.set(call, attempt)
      let succeeded = false
      try {
        const value = await next(call)
        succeeded = true
        return value
      } finally {
        attempt.end(succeeded)
      }
    },
  }
}

/** The checkpoints of one task. */
class SavedTask {
  readonly #options: CheckpointOptions
  readonly #settings: CheckpointSettings
  /** The call around all attempts. */
  call: Call | undefined
  #opened: Promise<CheckpointLog> | undefined
  #log: CheckpointLog | undefined

  constructor(options: CheckpointOptions, settings: CheckpointSettings) {
    this.#options = options
    this.#settings = settings
  }

  /** What an attempt saves with, once it is known what it goes on from. */
  async begin(attempt: Call): Promise<AttemptCheckpoints> {
    const call = this.call ?? attempt
    this.#opened ??= this.#open(call).catch((error: Error) => {
      const again = !(error instanceof CheckpointCorruptError || error instanceof CheckpointVersionError)
      if (again) this.#opened = undefined
      throw error
    })
    const log = await abortable(attempt, this.#opened)
    return new AttemptCheckpoints(attempt, log, this.#options.interval, (error) => call.expire(error))
  }

  /** Deletes what was saved; a provider that fails or hangs is told, and the task has succeeded all the same. */
  finish(call: Call): Promise<void> {
    const { taskId } = this.#settings
    const grace = Math.max(this.#settings.grace, 1_000)
    const report = (error: unknown): void => call.report(error, 'deleting checkpoints')
    const done = call.hold()
    const deleted = this.#log?.finish() ?? Promise.resolve()
    return new Promise((resolve) => {
      const undo = after(grace, () => {
        report(new ProviderError('checkpoint', 'deleteAll', taskId, `has not answered within ${grace}ms`))
        stop()
      })
      const stop = (): void => {
        undo()
        resolve()
      }
      call.onAbort(stop)
      deleted.catch(report).then(() => {
        stop()
        done()
      })
    })
  }

  async #open(call: Call): Promise<CheckpointLog> {
    const done = call.hold()
    try {
      const log = await this.#load(call)
      this.#log = log
      return log
    } catch (thrown) {
      throw toError(thrown)
    } finally {
      done()
    }
  }

  async #load(call: Call): Promise<CheckpointLog> {
    const { taskId, provider, requireExisting, warn } = this.#settings
    const { version, migrate, maxCheckpoints = 10, onCheckpoint, onResume } = this.#options
    const fence = await this.#claim()
    const search = { taskId, provider, warn, ...(version !== undefined && { version }), ...(migrate && { migrate }) }
    const found = await loadCheckpoint(search)
    if (found === undefined && requireExisting) throw new Error(`No checkpoint found for task ID: ${taskId}`)
    const report = (error: unknown, where: string): void => call.report(error, where)
    if (found !== undefined && !call.aborted) {
      guard(
        () => onResume?.(found.checkpoint),
        (error) => report(error, 'onResume callback'),
      )
    }
    return new CheckpointLog({ taskId, provider, keep: maxCheckpoints, version, onCheckpoint, report }, found, fence)
  }

  async #claim(): Promise<number | undefined> {
    const { taskId, provider, warn } = this.#settings
    if (provider.claim !== undefined) {
      const fence: unknown = await provider.claim(taskId)
      if (typeof fence === 'number' && Number.isFinite(fence)) return fence
      throw providerOdd('checkpoint', 'claim', taskId, fence)
    }
    if (unfenced.has(provider)) return undefined
    unfenced.add(provider)
    warn('The checkpoint provider has no claim: two runs of one task at a time would save over one another')
    return undefined
  }
}
