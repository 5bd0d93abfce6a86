/** What is known of a task's checkpoints before the code that saves them is loaded. */

import { callback, duration, integer, object, optionalCallback } from '../base/options.js'
import type { CheckpointOptions, CheckpointProvider } from '../persist/types.js'
import type { AttemptCheckpoints } from './checkpoint-attempt.js'
import type { AsyncLayer, Call, Home } from './layer.js'

const action = 'start task'

/** What the checkpoints of a task need besides its own options. */
export interface CheckpointSettings {
  readonly taskId: string
  readonly provider: CheckpointProvider
  /** How long a success waits for the deletion, in milliseconds; a second at least. */
  readonly grace: number
  /** Fails the task when there is nothing to go on from. */
  readonly requireExisting: boolean
  warn(message: string): void
}

/** The two layers: one around all attempts, one around each. */
export interface CheckpointLayers {
  readonly task: AsyncLayer
  readonly attempt: AsyncLayer
}

/** What the body of a call saves with, if it does. */
export const saves: WeakMap<Call, AttemptCheckpoints> = /* @__PURE__ */ new WeakMap()

/** Throws for the first option that is wrong. */
export function check(options: CheckpointOptions): CheckpointOptions {
  const { interval, maxCheckpoints, version, migrate, onCheckpoint, onResume } = object(action, 'checkpoint', options)
  if (interval !== undefined) duration(action, 'checkpoint.interval', interval)
  if (maxCheckpoints !== undefined) integer(action, 'checkpoint.maxCheckpoints', maxCheckpoints, 1, true)
  if (version !== undefined) integer(action, 'checkpoint.version', version, 0)
  if (migrate !== undefined) callback(action, 'checkpoint.migrate', migrate)
  optionalCallback(action, 'checkpoint.onCheckpoint', onCheckpoint)
  optionalCallback(action, 'checkpoint.onResume', onResume)
  return options
}

/** Says once that the tasks of a scope save nothing. */
export class MissingCheckpoints {
  readonly #home: Home
  #warned = false

  constructor(home: Home) {
    this.#home = home
  }

  /** A task wants checkpoints, and there is no provider. */
  told(): void {
    if (this.#warned) return
    this.#warned = true
    this.#home.warn(
      'A task has the checkpoint option and its scope no provider, so nothing is saved: give the scope one in persistence.checkpoint',
    )
  }
}
