/** Shutdown signals through Node's `process`, which Bun has too. */
import type { HostEvents } from '../../src/runtime.js'
import { listenToSignals } from './signals.js'

declare const process: {
  on(event: string, listener: () => void): void
  removeListener(event: string, listener: () => void): void
}

export const processEvents: HostEvents = {
  onShutdown: (signals, fn) =>
    listenToSignals(
      signals,
      fn,
      (signal, listener) => process.on(signal, listener),
      (signal, listener) => process.removeListener(signal, listener),
    ),
}
