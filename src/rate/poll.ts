/**
 * Calls a function again and again, `interval` after it has ended.
 *
 * 1. One turn, the call with its `onValue`, is under way at a time, whatever is stopped and started meanwhile: a new loop
 *    waits for the turn that the old one left behind.
 * 2. A turn belongs to the loop that began it: after `stop()` it changes nothing any more.
 */

import { after } from '../base/clock.js'
import { AbortError, brokenOff, toError } from '../base/errors.js'
import { attempt } from '../base/guard.js'
import { callback, duration } from '../base/options.js'
import { listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import { Cancellation } from '../lifetime/cancellation.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import type { HostEvents } from '../runtime.js'
import { type PollOptions, type PollSettings, pollSettings } from './poll-options.js'

/** Where a poll is. Times are in milliseconds of the host's monotonic clock. */
export interface PollStatus {
  /** False after `stop()`, `until`, and the owner's end. */
  readonly running: boolean
  /** Calls begun so far. */
  readonly pollCount: number
  /** Milliseconds until the next call; 0 during a call and when stopped. */
  readonly timeUntilNext: number
  /** When the latest call began. */
  readonly lastPollTime?: number
  /** When the next call is due. */
  readonly nextPollTime?: number
}

/** Controls a poll. Disposing of it stops it. */
export interface PollController extends Disposable {
  /** Polls again after a stop; does nothing while it polls, or when the owner or the signal has been cancelled. */
  start(): void
  /** Polls no more: aborts the running call and drops its value. */
  stop(): void
  /** Where it is right now. */
  status(): PollStatus
}

/** `blocked` waits for the turn of an earlier loop, `paused` for the page to show. */
type State =
  | { readonly at: 'stopped' }
  | { readonly at: 'blocked' }
  | { readonly at: 'turn'; readonly call: Cancellation }
  | { readonly at: 'waiting'; readonly due: number; readonly disarm: Undo }
  | { readonly at: 'paused'; readonly due: number }

/**
 * Calls `fn` at once, then each time `interval` milliseconds after it and its `onValue` have ended. Calls never overlap.
 *
 * A failure is told to `onError` and does not end the polling. When the owner is cancelled the polling stops: the running
 * call's signal aborts with the owner's reason; disposal waits for that call, at most its grace period.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const controller = poll(s, (signal) => fetchStatus(signal), show, { interval: 1_000, until: (x) => x.done })
 * controller.stop()
 * ```
 */
export function poll<T>(
  owner: Lifetime,
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
  onValue: (value: T) => void | PromiseLike<void>,
  options: PollOptions<T> = {},
): PollController {
  callback('create poll', 'fn', fn)
  callback('create poll', 'onValue', onValue)
  const poller = new Poller(owner, fn, onValue, pollSettings(options))
  poller.start()
  return poller
}

/** One poll. */
export class Poller<T> implements PollController {
  #state: State = { at: 'stopped' }
  #turn: Promise<void> | undefined
  #count = 0
  #failures = 0
  #last: number | undefined
  #leave: Undo = nothing
  #leaveDisposal: Undo | undefined
  readonly #owner: Lifetime
  readonly #fn: (signal: AbortSignal) => T | PromiseLike<T>
  readonly #onValue: (value: T) => void | PromiseLike<void>
  readonly #settings: PollSettings<T>
  readonly #page: HostEvents | undefined
  readonly #pause: (now: number) => number

  /** `pause` tells how long to wait after a turn that has just ended. */
  constructor(
    owner: Lifetime,
    fn: (signal: AbortSignal) => T | PromiseLike<T>,
    onValue: (value: T) => void | PromiseLike<void>,
    options: PollSettings<T>,
    pause: (now: number) => number = () => options.interval,
  ) {
    this.#owner = owner
    this.#fn = fn
    this.#onValue = onValue
    this.#settings = options
    this.#pause = pause
    const page = owner.host.events
    // A host that cannot tell when the page shows again must not pause it.
    this.#page = options.whenHidden === 'pause' && page?.onVisible !== undefined ? page : undefined
  }

  start(): void {
    const owner = this.#owner
    requireOpen(owner, 'start poll')
    if (this.#state.at !== 'stopped' || owner.aborted || this.#settings.signal?.aborted) return
    this.#failures = 0
    this.#enter()
    if (!this.#settings.immediate) this.#schedule(this.#settings.interval)
    else if (this.#page?.isHidden?.()) this.#state = { at: 'paused', due: owner.host.now() }
    else this.#call()
  }

  stop(): void {
    const reason = new AbortError('Poll stopped')
    this.#stop(reason, reason)
  }

  status(): PollStatus {
    const state = this.#state
    const due = state.at === 'waiting' || state.at === 'paused' ? state.due : undefined
    return {
      running: state.at !== 'stopped',
      pollCount: this.#count,
      timeUntilNext: due === undefined ? 0 : Math.max(0, due - this.#owner.host.now()),
      ...(this.#last !== undefined && { lastPollTime: this.#last }),
      ...(due !== undefined && { nextPollTime: due }),
    }
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #enter(): void {
    const owner = this.#owner
    const { signal } = this.#settings
    const undos = [
      owner.onAbort((error) => this.#stop(owner.reason, error)),
      signal && listen(signal, (reason) => this.#stop(reason, brokenOff(reason))),
      this.#page?.onHidden?.(() => this.#hide()),
      this.#page?.onVisible?.(() => this.#resume()),
    ]
    this.#leave = () => {
      for (const undo of undos) undo?.()
    }
    this.#leaveDisposal ??= owner.onDispose(() => this.#ended())
  }

  #stop(reason: unknown, error: Error): void {
    const state = this.#state
    if (state.at === 'stopped') return
    this.#state = { at: 'stopped' }
    this.#leave()
    if (state.at === 'waiting') state.disarm()
    if (state.at === 'turn') state.call.abort(reason, error)
    this.#exit()
  }

  /** The owner hears of us until the last turn has ended. */
  #exit(): void {
    if (this.#state.at !== 'stopped' || this.#turn !== undefined) return
    this.#leaveDisposal?.()
    this.#leaveDisposal = undefined
  }

  #schedule(ms: number): void {
    const due = this.#owner.host.now() + ms
    if (this.#page?.isHidden?.()) this.#state = { at: 'paused', due }
    else this.#state = { at: 'waiting', due, disarm: after(ms, () => this.#call()) }
  }

  #hide(): void {
    if (this.#state.at !== 'waiting') return
    this.#state.disarm()
    this.#state = { at: 'paused', due: this.#state.due }
  }

  #resume(): void {
    if (this.#state.at !== 'paused') return
    const left = this.#state.due - this.#owner.host.now()
    if (left > 0) this.#schedule(left)
    else this.#call()
  }

  #call(): void {
    if (this.#turn !== undefined) {
      this.#state = { at: 'blocked' }
      return
    }
    const call = new Cancellation()
    this.#state = { at: 'turn', call }
    this.#count++
    this.#last = this.#owner.host.now()
    let begin: (turn: Promise<void>) => void = nothing
    const turn = new Promise<void>((resolve) => (begin = resolve)).then(() => this.#turnEnded())
    this.#turn = turn // before it begins: the function may stop and start us
    begin(this.#take(call))
  }

  #turnEnded(): void {
    this.#turn = undefined
    if (this.#state.at === 'blocked') this.#call()
    this.#exit()
  }

  async #take(call: Cancellation): Promise<void> {
    const wait = await this.#valueOf(call)
    if (this.#isCurrent(call)) this.#schedule(wait ?? this.#pause(this.#owner.host.now()))
  }

  /** One turn; resolves to how long to wait for the next, unless it is as ever. */
  async #valueOf(call: Cancellation): Promise<number | undefined> {
    let value: T
    try {
      value = await this.#fn(call.signal)
    } catch (thrown) {
      return this.#isCurrent(call) ? this.#failed(toError(thrown)) : undefined
    }
    if (!this.#isCurrent(call)) return undefined
    this.#failures = 0
    try {
      await this.#onValue(value)
    } catch (error) {
      this.#owner.report(error, 'onValue of a poll')
    }
    if (this.#isCurrent(call) && this.#isLast(value)) this.stop()
    return undefined
  }

  #failed(error: Error): number | undefined {
    const { backoff, onError } = this.#settings
    const failures = ++this.#failures
    if (onError === undefined) this.#owner.report(error, 'function of a poll')
    else attempt(this.#owner, 'onError of a poll', () => onError(error, failures), undefined)
    if (backoff === undefined) return undefined
    return attempt(
      this.#owner,
      'backoff of a poll',
      () => duration('poll', 'backoff', backoff(failures, error)),
      undefined,
    )
  }

  #isLast(value: T): boolean {
    const { until } = this.#settings
    return until !== undefined && attempt(this.#owner, 'until of a poll', () => until(value), undefined) === true
  }

  #isCurrent(call: Cancellation): boolean {
    return this.#state.at === 'turn' && this.#state.call === call
  }

  async #ended(): Promise<void> {
    const { gracePeriod } = this.#owner
    if (this.#turn === undefined || (await endsWithin(gracePeriod, this.#turn))) return
    const still = new Error(`its call had not ended ${gracePeriod}ms after it was told to`)
    this.#owner.report(still, 'function of a poll')
  }
}
