/** A process with threads, as Node.js and what is made like it are. */
import type { Runtime, RuntimeName, WorkerHost } from '../../src/runtime.js'
import { processEvents } from './process-events.js'
import { clone, log, now, onCollected, randomBytes, unref } from './web.js'

/** Loaded when the first task wants a worker. */
async function workers(): Promise<WorkerHost> {
  return (await import('./worker-threads.js')).workers
}

/** The host of this name. */
export function processHost(name: RuntimeName): Runtime {
  return { name, now, randomBytes, log, onCollected, unref, clone, workers, events: processEvents }
}
