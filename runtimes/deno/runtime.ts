/** Deno as a host. */
import type { HostEvents, Runtime } from '../../src/runtime.js'
import { listenToSignals } from '../generic/signals.js'
import { unref as unrefObject, log, now, randomBytes } from '../generic/web.js'

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

export const host: Runtime = { name: 'deno', now, randomBytes, log, unref, events }
