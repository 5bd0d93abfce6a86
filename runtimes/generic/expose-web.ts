/** The worker's side of `workerTasks` in browsers; on hosts without workers it is never inside of one. */
import { object } from '../../src/base/options.js'
import type { Exposed } from '../../src/worker/serve.js'
import { dedicatedWorker, serveIn } from './worker-scope.js'

/**
 * Offers functions of this module to the scopes whose workers load it; see `workerTasks`. Elsewhere it does nothing.
 *
 * @throws TypeError when it is given no object.
 * @example
 * ```ts
 * const add = ({ data: [a, b] }: WorkerContext<[number, number]>) => a + b
 * expose({ add })
 * ```
 */
export function expose(tasks: Exposed): void {
  object('expose tasks', 'tasks', tasks)
  const worker = dedicatedWorker()
  if (worker !== undefined) serveIn(worker, tasks)
}
