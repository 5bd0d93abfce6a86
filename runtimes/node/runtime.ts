/** Node.js as a host. */
import type { Runtime, WorkerHost } from '../../src/runtime.js'
import { processEvents } from '../generic/process-events.js'
import { log, now, randomBytes, unref, clone, onCollected } from '../generic/web.js'

/** Loaded when the first task wants a worker. */
async function workers(): Promise<WorkerHost> {
  return (await import('../generic/worker-threads.js')).workers
}

export const host: Runtime = {
  name: 'node',
  now,
  randomBytes,
  log,
  onCollected,
  unref,
  clone,
  workers,
  events: processEvents,
}
