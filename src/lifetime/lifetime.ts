/** The seam between features and whoever owns them: all that a feature may ask of its owner. */

import type { Undo } from '../base/undo.js'
import type { Runtime } from '../runtime.js'
import type { Probe } from './probe.js'

/** Something to be done when the owner ends. */
export type Cleanup = () => void | PromiseLike<void>

/** An owner of work: a scope, seen by the features that live in it. */
export interface Lifetime {
  /** Name for messages. */
  readonly scopeName: string
  /** Aborts when the owner ends. Made on first use: features call `onAbort`, which is cheaper. */
  readonly signal: AbortSignal
  /** True from the moment the owner is cancelled. */
  readonly aborted: boolean
  /** Why, exactly as it was given; `undefined` before. */
  readonly reason: unknown
  /** The same as an `Error`, one object for everybody; `undefined` before. */
  readonly abortError: Error | undefined
  /** True from the moment the owner's disposal begins: it takes no new work. */
  readonly isDisposed: boolean
  /** Calls `fn` in the turn the owner is cancelled, at once if it is already; returns its undo. */
  onAbort(fn: (error: Error) => void): Undo
  /** Runs `cleanup` when the owner is disposed of, last registered first; returns its undo. */
  onDispose(cleanup: Cleanup): Undo
  /** The host. */
  readonly host: Runtime
  /** How long its disposal waits for work that was told to end, in milliseconds. */
  readonly gracePeriod: number
  /** Tells the owner's logger about an error that has no other way out, such as one thrown by a callback. */
  report(error: unknown, where: string): void
  /** Tells the owner's logger what is likely to be a mistake. */
  warn(message: string): void
  /** Who watches it, if anybody does. @internal */
  readonly probe?: Probe | undefined
}
