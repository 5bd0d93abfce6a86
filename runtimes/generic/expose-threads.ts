/** The worker's side of `workerTasks` on servers. */
import { parentPort } from 'node:worker_threads'
import { object } from '../../src/base/options.js'
import { type Exposed, serve } from '../../src/worker/serve.js'
import { homeOf } from './thread-home.js'

/**
 * Offers functions of this module to the scopes whose workers load it; see `workerTasks`. Elsewhere it does nothing.
 *
 * @example
 * ```ts
 * const add = ({ data: [a, b] }: WorkerContext<[number, number]>) => a + b
 * expose({ add })
 * ```
 */
export function expose(tasks: Exposed): void {
  object('expose tasks', 'tasks', tasks)
  if (parentPort !== null) parentPort.on('message', serve(homeOf(parentPort), tasks))
}
