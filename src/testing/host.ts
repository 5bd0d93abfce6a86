/** The host as a virtual clock needs it: real turns to wait for, and globals to replace for a while. */

import type { Undo } from '../base/undo.js'

interface Channel {
  readonly port1: { onmessage: (() => void) | null; close(): void }
  readonly port2: { postMessage(message: unknown): void }
}

/** A view of the globals, each of which some host lacks: the core's own list has only what all of them have. */
interface Globals {
  readonly Date: DateConstructor
  readonly performance?: { now(): number }
  readonly setTimeout: (fn: () => void, ms: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly setImmediate?: (fn: () => void) => unknown
  readonly MessageChannel?: new () => Channel
  readonly navigator?: { readonly userAgent?: string }
}

/** Real turns of the host's event loop. */
export interface Turns {
  /** Resolves in a later turn, when the microtasks of this one are done. */
  next(): Promise<void>
  /** Ends all waiting and holds nothing open. */
  close(): void
}

/** The globals as they are now: faking them is what this part is for, so it has to go to the global object. */
export function globals(): Globals {
  return globalThis as unknown as Globals // every member that may be missing is optional there
}

/** Turns of the real event loop, by the fastest way the host has; the globals may be replaced afterwards. */
export function realTurns(): Turns {
  const { setImmediate, MessageChannel, setTimeout, navigator } = globals()
  if (setImmediate !== undefined) return turns((fn) => setImmediate(fn))
  // Browsers delay nested timers by 4 ms, but not messages. In workerd a message arrives amid the microtasks of its turn.
  const early = navigator?.userAgent === 'Cloudflare-Workers'
  if (MessageChannel === undefined || early) return turns((fn) => setTimeout(fn, 0))
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  const post = (fn: () => void): void => {
    waiting.push(fn)
    port2.postMessage(undefined)
  }
  return turns(post, () => port1.close())
}

function turns(post: (fn: () => void) => unknown, end: () => void = () => {}): Turns {
  const waiting: Set<() => void> = new Set()
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.add(resolve)
        post(() => {
          waiting.delete(resolve)
          resolve()
        })
      }),
    close: () => {
      for (const resolve of waiting) resolve()
      waiting.clear()
      end()
    },
  }
}

/** Gives a property another value; the undo brings the old one back as it was, inherited ones included. */
export function replace(target: object, name: string, value: unknown): Undo {
  const before = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: before?.enumerable ?? true,
    writable: true,
    value,
  })
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name)
    else Object.defineProperty(target, name, before)
  }
}
