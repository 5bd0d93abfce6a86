/** The worker's side of `workerTasks` on servers. */
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
  void listen(tasks)
}

/** Threads are loaded by those who may be one; a port keeps what comes until somebody listens. */
async function listen(tasks: Exposed): Promise<void> {
  const { parentPort } = await import('node:worker_threads')
  if (parentPort !== null) parentPort.on('message', serve(homeOf(parentPort), tasks))
}
