/** What a resumed task is asked for besides. */

import type { CheckpointOptions } from '../persist/types.js'

/** A task's checkpoint options, with what only `resumeTask` sets. */
export interface ResumeOptions extends CheckpointOptions {
  readonly requireExisting?: boolean
}
