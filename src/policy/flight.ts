/**
 * Single flight: calls with one key share one run while it is in flight.
 *
 * 1. The run hangs on the owner, not on the caller that started it, and has a signal of its own.
 * 2. One sharer leaving detaches only itself; the last one leaving cancels the run.
 */

import { failure, type Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import { expireAfter } from './deadline.js'
import type { Call, Done, ForkedCall, Step } from './layer.js'

/** The key decides what a run is for, so whoever joins one by key expects its type. */
interface Flight {
  readonly run: ForkedCall
  /** Those who wait for it. */
  readonly sharers: Set<Done<unknown>>
  outcome: Result<Error, unknown> | undefined
  /** True until its first sharer can join: what the body starts and leaves synchronously must not cancel it. */
  starting: boolean
}

/** The runs in flight of one owner. */
export class Flights {
  readonly #open: Map<string | symbol, Flight> = new Map()

  /**
   * Joins the run in flight under this key, or starts one. Who joins waits no longer than its own timeout, whose clock
   * starts with the run's permit.
   */
  join<T>(key: string | symbol, call: Call, step: Step<T>, done: Done<T>, timeout: number = Infinity): void {
    const flight = this.#open.get(key)
    if (flight === undefined) return this.#share(key, this.#start(key, call, step), call, done)
    if (timeout === Infinity) return this.#share(key, flight, call, done)
    let undo: Undo = nothing
    flight.run.whenBegun(() => {
      undo = expireAfter('Task', timeout, call)
    })
    this.#share(key, flight, call, (outcome: Result<Error, T>) => {
      undo()
      done(outcome)
    })
  }

  #share<T>(key: string | symbol, flight: Flight, call: Call, done: Done<T>): void {
    flight.run.whenBegun(() => call.begin())
    const landed: Done<unknown> = (outcome) => {
      stay(flight, call)
      done(outcome as Result<Error, T>)
    }
    if (flight.outcome !== undefined) return landed(flight.outcome)
    const sharer: Done<unknown> = (outcome) => {
      undo()
      landed(outcome)
    }
    flight.sharers.add(sharer)
    const undo = call.onAbort((error) => {
      flight.sharers.delete(sharer)
      const unwanted = flight.sharers.size === 0 && flight.outcome === undefined && !flight.starting
      if (unwanted) this.#leave(key, flight, call, error)
      done(failure(error))
    })
  }

  /** Lets later calls with this key, or with any, start a run of their own; the present sharers keep theirs. */
  forget(key?: string | symbol): void {
    if (key === undefined) this.#open.clear()
    else this.#open.delete(key)
  }

  #start<T>(key: string | symbol, call: Call, step: Step<T>): Flight {
    const run = call.detach()
    const flight: Flight = { run, sharers: new Set(), outcome: undefined, starting: true }
    this.#open.set(key, flight) // first of all: the body may ask for its own key
    step(run, (outcome) => {
      flight.outcome = outcome
      if (this.#open.get(key) === flight) this.#open.delete(key)
      run.close()
      for (const sharer of flight.sharers) sharer(outcome)
      flight.sharers.clear() // a body that ignores its end would keep them
    })
    flight.starting = false
    return flight
  }

  /** The last sharer has left. */
  #leave(key: string | symbol, flight: Flight, call: Call, error: Error): void {
    if (this.#open.get(key) === flight) this.#open.delete(key)
    stay(flight, call)
    flight.run.cancel(error)
  }
}

/** Who shares a run to its end, or leaves it last, stays open until its body has ended, unless that body may be waiting for it. */
function stay({ run }: Flight, call: Call): void {
  if (run.busy && !call.isNested) run.whenIdle(call.hold())
}
