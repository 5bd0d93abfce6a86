/** The contract of the library, executable: one suite for every runtime. */

import { cancel } from './cancel.js'
import { children } from './children.js'
import { debugTree } from './debug-tree.js'
import { dispose } from './dispose.js'
import { disposeErrors } from './dispose-errors.js'
import { durationsAndMisuse } from './durations-and-misuse.js'
import { exportedNames } from './exports.js'
import { grace } from './grace.js'
import { hooks } from './hooks.js'
import { joinShieldNesting } from './join-shield-nesting.js'
import type { Kit } from './kit.js'
import { leaks } from './leaks.js'
import { limits } from './limits.js'
import { logging } from './logging.js'
import { misuseOfTasks } from './misuse-of-tasks.js'
import { resultsAndErrors } from './results-and-errors.js'
import { serviceCleanup } from './service-cleanup.js'
import { services } from './services.js'
import { task } from './task.js'
import { taskTimeout } from './task-timeout.js'
import { unhandled } from './unhandled.js'
import { using } from './using.js'

/** One function for each topic, from the ground up. */
const topics: readonly ((kit: Kit) => void)[] = [
  exportedNames,
  resultsAndErrors,
  task,
  taskTimeout,
  cancel,
  limits,
  joinShieldNesting,
  children,
  services,
  serviceCleanup,
  hooks,
  dispose,
  disposeErrors,
  grace,
  using,
  unhandled,
  logging,
  debugTree,
  durationsAndMisuse,
  misuseOfTasks,
  leaks,
]

/** Registers every test of the suite. */
export function conformance(kit: Kit): void {
  for (const topic of topics) topic(kit)
}
