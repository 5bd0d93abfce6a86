/** Deno as a host. */
import type { HostEvents, Runtime, WorkerHost } from '../../src/runtime.js'
import { listenToSignals } from '../generic/signals.js'
import { unref as unrefObject, log, now, randomBytes, clone, onCollected } from '../generic/web.js'

declare const Deno: {
  unrefTimer(id: number): void
  addSignalListener(signal: string, listener: () => void): void
  removeSignalListener(signal: string, listener: () => void): void
}

/** Deno's own timers are numbers; `node:timers` gives objects there too. */
function unref(timer: unknown): void {
  if (typeof timer === 'number') Deno.unrefTimer(timer)
  else unrefObject(timer)
}

const events: HostEvents = {
  onShutdown: (signals, fn) =>
    listenToSignals(
      signals,
      fn,
      (signal, listener) => Deno.addSignalListener(signal, listener),
      (signal, listener) => Deno.removeSignalListener(signal, listener),
    ),
}

/** Loaded when the first task wants a worker. */
async function workers(): Promise<WorkerHost> {
  return (await import('../generic/worker-threads.js')).workers
}

export const host: Runtime = { name: 'deno', now, randomBytes, log, onCollected, unref, clone, workers, events }
