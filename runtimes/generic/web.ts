/** What every host shares: clock, randomness and console, each looked up at call time, so that fakes and late polyfills work. */
import type { LogLevel } from '../../src/runtime.js'

/** Monotonic milliseconds. */
export function now(): number {
  return (globalThis.performance ?? Date).now()
}

/** Random bytes for identifiers; an engine without Web Crypto gives weaker ones, which are still unique enough for a trace. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  if (typeof crypto === 'object') return crypto.getRandomValues(bytes)
  return bytes.map(() => Math.random() * 256)
}

/** Writes to the host's console, which may be missing, replaced or broken: logging never throws. */
export function log(level: LogLevel, message: string, ...args: unknown[]): void {
  try {
    console[level](message, ...args)
  } catch {}
}

let collected: FinalizationRegistry<() => void> | undefined

/** Calls `fn` some time after `target` has become garbage; returns its undo. `fn` must not lead to `target`. */
export function onCollected(target: object, fn: () => void): () => void {
  const registry = (collected ??= new FinalizationRegistry((tell) => tell()))
  registry.register(target, fn, fn)
  return () => registry.unregister(fn)
}

/** Lets a timer not hold the process open, where timers are objects as in Node and Bun. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
}

/** Copies a value as a message to a worker would; what is in `transfer` moves. */
export function clone(value: unknown, transfer: readonly object[] = []): unknown {
  return structuredClone(value, { transfer: transfer as Transferable[] }) // the user's; else it throws
}
