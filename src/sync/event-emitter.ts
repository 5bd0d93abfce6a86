/**
 * Events with typed arguments, and listeners that end with their owner.
 *
 * 1. An emit calls those that listened when it began, in the order they came, but for those that have left meanwhile.
 * 2. What a listener throws, or rejects with, is reported, and stops no other.
 * 3. The owner knows of us only while somebody listens. Once it is cancelled nobody does.
 */

import { after } from '../base/clock.js'
import { brokenOff, TimeoutError } from '../base/errors.js'
import { firstOf } from '../base/first.js'
import { attempt, guard } from '../base/guard.js'
import { callback, duration, optionalCallback, wrongType } from '../base/options.js'
import { listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf, requireOpen } from '../lifetime/open.js'
import { EventIterator, type EventsOptions } from './event-iterator.js'
import { signalOf, type WaitOptions } from './waiter.js'

/** The arguments of an event that is declared as a tuple or as a function. */
export type EventArgs<E> = E extends (...args: infer A) => unknown ? A : E extends readonly unknown[] ? E : never

/** Options of `waitFor`. */
export interface WaitForOptions<Args extends readonly unknown[]> extends WaitOptions {
  /** Milliseconds to wait at most, then a `TimeoutError`; never by default. With 0 it has expired. */
  readonly timeout?: number
  /** Passes over events it does not say true of. What it throws is reported and counts as false. */
  readonly filter?: ((...args: Args) => boolean) | undefined
}

/** One registration. */
interface Listener {
  readonly fn: (...args: never[]) => unknown
  readonly once: boolean
  readonly order: number
}

/** Made by `eventEmitter`. `Events` maps names to tuples of arguments, or to functions of them. */
export class ScopedEventEmitter<Events extends object> {
  readonly #owner: Lifetime
  readonly #listeners: Map<PropertyKey, Set<Listener>> = new Map()
  #count = 0
  #deafen: Undo | undefined

  /** Use `eventEmitter(owner)`. @internal */
  constructor(owner: Lifetime) {
    this.#owner = owner
  }

  /**
   * Calls `fn` at each such event; returns its undo. A function may be registered twice, and is then called twice.
   *
   * On a cancelled owner nothing will ever be called.
   *
   * @throws TypeError when `fn` is no function; ScopeDisposedError when the owner is disposed of.
   * @example
   * ```ts
   * const events = s.eventEmitter<{ saved: [id: number, at: Date] }>()
   * const stop = events.on('saved', (id, at) => console.log(id, at))
   * events.emit('saved', 1, new Date())
   * stop()
   * ```
   */
  on<K extends keyof Events>(event: K, fn: (...args: EventArgs<Events[K]>) => unknown): Undo {
    return this.#add(event, fn, false)
  }

  /** Calls `fn` at the next such event only; returns its undo. Otherwise as `on`. */
  once<K extends keyof Events>(event: K, fn: (...args: EventArgs<Events[K]>) => unknown): Undo {
    return this.#add(event, fn, true)
  }

  /** Takes back the latest registration of `fn`; false if there is none. */
  off<K extends keyof Events>(event: K, fn: (...args: EventArgs<Events[K]>) => unknown): boolean {
    let latest: Listener | undefined
    for (const listener of this.#listeners.get(event) ?? []) if (listener.fn === fn) latest = listener
    return latest !== undefined && this.#remove(event, latest)
  }

  /** Calls the listeners of the event; false if there are none, as when the owner is cancelled. */
  emit<K extends keyof Events>(event: K, ...args: EventArgs<Events[K]>): boolean {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined || this.#owner.aborted) return false
    const newest = this.#count
    for (const listener of listeners) {
      if (listener.order > newest || this.#owner.aborted) break
      if (listener.once) this.#remove(event, listener)
      const fn = listener.fn as (...args: EventArgs<Events[K]>) => unknown // registered for this event
      guard(
        () => fn(...args),
        (error) => this.#owner.report(error, `listener of event ${String(event)}`),
      )
    }
    return true
  }

  /** How many registrations there are, those of `events` and `waitFor` included. */
  listenerCount<K extends keyof Events>(event: K): number {
    return this.#listeners.get(event)?.size ?? 0
  }

  /**
   * Resolves to the arguments of the next such event.
   *
   * Rejects with the reason when the owner or `signal` aborts, with `TimeoutError` after `timeout`.
   *
   * @throws TypeError, RangeError for options that make no sense.
   * @example
   * ```ts
   * const events = s.eventEmitter<{ saved: (id: number) => void }>()
   * const [id] = await events.waitFor('saved', { timeout: 5_000, filter: (id) => id > 10 })
   * ```
   */
  waitFor<K extends keyof Events>(
    event: K,
    options: WaitForOptions<EventArgs<Events[K]>> = {},
  ): Promise<EventArgs<Events[K]>> {
    const action = 'wait for event'
    eventName(action, event)
    const signal = signalOf(action, options)
    const timeout = duration(action, 'timeout', options.timeout ?? Infinity)
    const filter = optionalCallback(action, 'filter', options.filter)
    const late = (): Error => new TimeoutError('Event', timeout, String(event))
    const refused = refusalOf(this.#owner, signal) ?? (timeout === 0 ? late() : undefined)
    if (refused !== undefined) return Promise.reject(refused)
    const where = `filter of event ${String(event)}`
    return firstOf((resolve, reject) => [
      this.on(event, (...args) => {
        if (filter === undefined || attempt(this.#owner, where, () => filter(...args), false)) resolve(args)
      }),
      this.#owner.onAbort(reject),
      after(timeout, () => reject(late())),
      signal && listen(signal, (reason) => reject(brokenOff(reason))),
    ])
  }

  /**
   * Iterates over the arguments of the events from now on, in order. Leaving the loop ends the registration.
   *
   * When the owner is cancelled it rejects with the reason.
   *
   * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
   * @example
   * ```ts
   * const events = s.eventEmitter<{ saved: [id: number] }>()
   * for await (const [id] of events.events('saved', { capacity: 100 })) show(id)
   * ```
   */
  events<K extends keyof Events>(
    event: K,
    options: EventsOptions<EventArgs<Events[K]>> = {},
  ): EventIterator<EventArgs<Events[K]>> {
    return new EventIterator(this.#owner, options, (hear) => this.on(event, (...args) => hear(args)))
  }

  #add(event: PropertyKey, fn: (...args: never[]) => unknown, once: boolean): Undo {
    const action = 'listen to event'
    eventName(action, event)
    callback(action, 'fn', fn)
    requireOpen(this.#owner, action)
    if (this.#owner.aborted) return nothing
    const listener = { fn, once, order: ++this.#count }
    let listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, (listeners = new Set()))
    listeners.add(listener)
    this.#deafen ??= this.#owner.onAbort(() => this.#listeners.clear())
    return () => void this.#remove(event, listener)
  }

  #remove(event: PropertyKey, listener: Listener): boolean {
    const listeners = this.#listeners.get(event)
    const removed = listeners?.delete(listener) === true
    if (listeners?.size === 0) this.#listeners.delete(event)
    if (this.#listeners.size === 0) {
      this.#deafen?.()
      this.#deafen = undefined
    }
    return removed
  }
}

function eventName(action: string, event: unknown): void {
  if (typeof event === 'string' || typeof event === 'symbol' || typeof event === 'number') return
  throw wrongType(action, 'event', 'a string, a symbol or a number', event)
}

/**
 * Makes an event emitter. Its listeners are gone when the owner is cancelled or disposed of; what `waitFor` and `events` have
 * handed out then rejects with the reason, in the same turn.
 *
 * @throws ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const events = eventEmitter<{ data: [chunk: string]; closed: [] }>(s)
 * events.once('closed', () => console.log('no more'))
 * events.emit('data', 'abc')
 * ```
 */
export function eventEmitter<Events extends object>(owner: Lifetime): ScopedEventEmitter<Events> {
  requireOpen(owner, 'create event emitter')
  return new ScopedEventEmitter(owner)
}
