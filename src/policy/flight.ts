/**
 * Single flight: calls with one key share one run while it is in flight.
 *
 * 1. The run hangs on the owner, not on the caller that started it, and has a signal of its own.
 * 2. One sharer leaving detaches only itself; the last one leaving cancels the run.
 */

import { nothing, type Undo } from '../base/undo.js'
import { expireAfter } from './deadline.js'
import type { Call, ForkedCall, Step } from './layer.js'

interface Flight<T> {
  readonly run: ForkedCall
  readonly landed: Promise<T>
  sharers: number
}

/** The runs in flight of one owner. */
export class Flights {
  // The key decides what a run is for, so whoever joins one by key expects its type.
  readonly #open: Map<string | symbol, Flight<never>> = new Map()

  /**
   * Joins the run in flight under this key, or starts one. Who joins waits no longer than its own timeout, whose clock
   * starts with the run's permit.
   */
  join<T>(key: string | symbol, call: Call, step: Step<T>, timeout: number = Infinity): Promise<T> {
    const flight = this.#open.get(key)
    if (flight === undefined) return this.#share(key, this.#start(key, call, step), call)
    if (timeout === Infinity) return this.#share(key, flight, call)
    let undo: Undo = nothing
    flight.run.whenBegun(() => {
      undo = expireAfter('Task', timeout, call)
    })
    return this.#share(key, flight, call).finally(() => undo())
  }

  #share<T>(key: string | symbol, flight: Flight<T>, call: Call): Promise<T> {
    flight.sharers++
    flight.run.whenBegun(() => call.begin())
    return new Promise((resolve, reject) => {
      const undo = call.onAbort((error) => {
        this.#leave(key, flight, call, error)
        reject(error)
      })
      flight.landed.then(
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

  /** Lets later calls with this key, or with any, start a run of their own; the present sharers keep theirs. */
  forget(key?: string | symbol): void {
    if (key === undefined) this.#open.clear()
    else this.#open.delete(key)
  }

  #start<T>(key: string | symbol, call: Call, step: Step<T>): Flight<T> {
    const run = call.detach()
    let begin: (landed: Promise<T>) => void = () => {}
    const flight: Flight<T> = { run, landed: new Promise((resolve) => (begin = resolve)), sharers: 0 }
    this.#open.set(key, flight as Flight<never>)
    const land = (): void => {
      if (this.#open.get(key) === flight) this.#open.delete(key)
      run.close()
    }
    begin(step(run)) // after it is registered: the body may ask for its own key
    flight.landed.then(land, land)
    return flight
  }

  #leave<T>(key: string | symbol, flight: Flight<T>, call: Call, error: Error): void {
    if (--flight.sharers > 0) return
    if (this.#open.get(key) === flight) this.#open.delete(key)
    // The last one stays open until the body it leaves has ended, unless that body may be waiting for it.
    if (!call.isNested) flight.run.whenIdle(call.hold())
    flight.run.cancel(error)
  }
}
