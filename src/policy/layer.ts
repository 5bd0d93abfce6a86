/**
 * The one shape of a policy: a layer around the next step of a call.
 *
 * Steps tell what they came to by a callback: promises between layers would cost more than the layers themselves.
 */

import { failure, type Result, success } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { Probed } from '../lifetime/probe.js'
import type { Runtime } from '../runtime.js'

/**
 * One call on its way to the body. A call is open until its steps have returned and every `hold` is released; its
 * promise may settle earlier, since an abort does not wait for a body that ignores it.
 */
export interface Call extends Probed {
  /** The task's name. */
  readonly name: string
  /** The task's number in its scope, from 1. */
  readonly index: number
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** Monotonic milliseconds by which it must be done; `Infinity` for never. */
  readonly deadline: number
  /** Made on first use: layers call `onAbort`, which is cheaper. */
  readonly signal: AbortSignal
  readonly aborted: boolean
  /** True when it was aborted from outside: a cancellation, not the expiry of one of its own limits. */
  readonly cancelled: boolean
  /** Name of the task whose body spawned this one synchronously. */
  readonly spawnedBy: string | undefined
  /** True for a task on another one's permit, which holds that one open. */
  readonly isNested: boolean
  /** Why it was aborted, as an `Error`; `undefined` while it was not. */
  readonly abortError: Error | undefined
  readonly host: Runtime
  /** Calls `fn` in the turn of the abort, at once if it has happened; returns its undo. */
  onAbort(fn: (error: Error) => void): Undo
  /** One attempt: a call below this one that can expire alone. Close it when done. */
  fork(attempt: number): ForkedCall
  /** A run of its own, below the owner and no longer below this call, that several calls can share. */
  detach(): ForkedCall
  /** Keeps the call open; returns the release. */
  hold(): Undo
  /** True while something holds this call. */
  readonly busy: boolean
  /** Calls `fn` once nothing holds this call, at once if nothing does. */
  whenIdle(fn: () => void): void
  /** Tells the owner's logger about an error that has no other way out. */
  report(error: unknown, where: string): void
  /** Tells that a body has outlived its grace and is no longer waited for. */
  abandon(): void
  /** It has its permit: clocks start. */
  begin(): void
  /** Calls `fn` once it has, at once if it does. */
  whenBegun(fn: () => void): void
  /** Brings the deadline forward. */
  limitTo(deadline: number): void
  /** Aborts this call, and what is below it, because a limit of its own is over: a failure. */
  expire(error: Error): void
}

/** A call made by another one, which decides when it is aborted and when it is over. */
export interface ForkedCall extends Call {
  /** Aborts this call, and what is below it, because nobody wants it any more. */
  cancel(error: Error): void
  /** Its steps have returned. It leaves the tree once nothing holds it. */
  close(): void
}

/** The owner of calls, as far as what its calls share needs it. */
export interface Home extends Probed {
  readonly host: Runtime
  /** Counts work in, which the owner's end waits for; the undo counts it out. */
  work(): Undo
  /** Calls `fn` at the very end of the owner. */
  atEnd(fn: () => void): void
  report(error: unknown, where: string): void
  warn(message: string): void
}

/** Is told what a step came to: once, and in the turn of its cause. */
export type Done<T> = (outcome: Result<Error, T>) => void

/** What is left to do for a call. It never throws, and may be done before it returns. */
export type Step<T> = (call: Call, done: Done<T>) => void

/** A policy: it knows the next step and the call, never its neighbours. */
export type Layer = <T>(next: Step<T>) => Step<T>

/** A step as an async function has it. */
export type Run<T> = (call: Call) => Promise<T>

/** A policy that waits for more than its next step, and is easier to read with promises. */
export type AsyncLayer = <T>(next: Run<T>) => Run<T>

/** Lets such a policy take its place among the others. */
export function fromAsync(layer: AsyncLayer): Layer {
  return (next) => stepOf(layer(runOf(next)))
}

/** A step as an async function. */
export function runOf<T>(step: Step<T>): Run<T> {
  return (call) =>
    new Promise((resolve, reject) => {
      step(call, (outcome) => (outcome[0] === undefined ? resolve(outcome[1]) : reject(outcome[0])))
    })
}

/** An async function as a step; it rejects with errors only. */
export function stepOf<T>(run: Run<T>): Step<T> {
  return (call, done) => {
    run(call).then(
      (value) => done(success(value)),
      (error: Error) => done(failure(error)),
    )
  }
}

/** Lets the clocks of those who share this call start. */
export const begin: Layer = (next) => (call, done) => {
  call.begin()
  next(call, done)
}

/** Puts the layers there are around a step; the first is the outermost. */
export function compose<T>(layers: readonly (Layer | undefined)[], step: Step<T>): Step<T> {
  let outermost = step
  for (let at = layers.length - 1; at >= 0; at--) outermost = layers[at]?.(outermost) ?? outermost
  return outermost
}

/** Waits for a promise, but not past the call's abort; a late rejection is handled. */
export function abortable<T>(call: Call, promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const undo = call.onAbort(reject)
    promise.then(
      (value) => {
        undo()
        resolve(value)
      },
      (error: unknown) => {
        undo()
        reject(error)
      },
    )
  })
}
