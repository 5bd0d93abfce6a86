/** The worker's side of `workerTasks` where there are no workers. */
import { object } from '../../src/base/options.js'
import type { Exposed } from '../../src/worker/serve.js'

/**
 * Offers functions of this module to the scopes whose workers load it; see `workerTasks`. Elsewhere, so here, it does
 * nothing: tasks run where they are.
 *
 * @throws TypeError when it is given no object.
 */
export function expose(tasks: Exposed): void {
  object('expose tasks', 'tasks', tasks)
}
