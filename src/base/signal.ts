/**
 * The one place that listens to foreign abort signals.
 *
 * However many scopes hang on one signal, it carries one listener of ours: hosts keep listeners in a list, where
 * removing one of many takes long, and some warn about many.
 */

import { wrongType } from './options.js'
import type { Undo } from './undo.js'

type Listener = (reason: unknown) => void

interface Hub {
  readonly listeners: Set<Listener>
  readonly hear: () => void
}

const hubs: WeakMap<AbortSignal, Hub> = /* @__PURE__ */ new WeakMap()

/** True for anything that behaves as an abort signal, whatever realm or polyfill it is of. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    'addEventListener' in value &&
    typeof value.aborted === 'boolean' &&
    typeof value.addEventListener === 'function'
  )
}

/** An abort signal, or nothing. */
export function optionalSignal(action: string, value: unknown): void {
  if (value === undefined || isAbortSignal(value)) return
  throw wrongType(action, 'signal', 'an AbortSignal such as controller.signal', value)
}

/** Calls `fn`, which must not throw, once the signal aborts. An aborted signal calls nobody: look first. */
export function listen(signal: AbortSignal, fn: Listener): Undo {
  const hub = hubs.get(signal) ?? open(signal)
  const own: Listener = (reason) => fn(reason) // the same function may be registered twice
  hub.listeners.add(own)
  return () => {
    if (hub.listeners.delete(own) && hub.listeners.size === 0) close(signal, hub)
  }
}

function open(signal: AbortSignal): Hub {
  const listeners: Set<Listener> = new Set()
  const hub: Hub = {
    listeners,
    hear: () => {
      close(signal, hub)
      for (const listener of listeners) listener(signal.reason)
      listeners.clear()
    },
  }
  hubs.set(signal, hub)
  signal.addEventListener('abort', hub.hear)
  return hub
}

function close(signal: AbortSignal, hub: Hub): void {
  hubs.delete(signal)
  signal.removeEventListener('abort', hub.hear)
}
