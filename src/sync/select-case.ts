/** The cases of a `select`: what may happen, and what to do then. */

import { callback, duration, wrongType } from '../base/options.js'
import { Channel } from './channel.js'
import type { ChannelCore } from './channel-core.js'
import { WaitNode } from './wait-queue.js'
import type { Giver, Taker } from './waiter.js'

/** What a handler returns. */
export type Answer<R> = R | PromiseLike<R>

/** A select, as seen by its cases. */
interface Waiting<R> {
  /** The case happened. */
  commit(handler: () => Answer<R>): void
  /** The case can never happen again. */
  caseOver(): void
  /** Nothing can happen any more. */
  fail(error: Error): void
}

/** A case that waits for a channel. Nothing in it changes: a list of cases may be used again. */
export abstract class ChannelCase<R> {
  /** Why it cannot happen any more, if that is an error. @internal */
  abstract readonly refusal: Error | undefined
  /** True if it can never happen again. @internal */
  abstract readonly isOver: boolean
  /** True if it can happen at once. @internal */
  abstract readonly isReady: boolean
  /** Makes it happen, if it still can, and returns what is to be called. For `select` only. */
  abstract commit(): (() => Answer<R>) | undefined
  /** Waits for it at the channel; returns the undo. @internal */
  abstract wait(selection: Waiting<R>): () => void
}

/** Receives from a channel. */
class ReceiveCase<T, R> extends ChannelCase<R> {
  readonly channel: ChannelCore<T>
  readonly handler: (value: T) => Answer<R>

  constructor(channel: ChannelCore<T>, handler: (value: T) => Answer<R>) {
    super()
    this.channel = channel
    this.handler = handler
  }

  get refusal(): Error | undefined {
    return this.channel.refusal
  }

  get isOver(): boolean {
    return this.channel.isEnded
  }

  get isReady(): boolean {
    return this.channel.hasValue
  }

  commit(): (() => Answer<R>) | undefined {
    if (!this.channel.hasValue) return undefined
    const value = this.channel.take()
    return () => this.handler(value)
  }

  wait(selection: Waiting<R>): () => void {
    const { channel } = this
    const taker = new SelectTaker(selection, this)
    channel.awaitValue(taker)
    return () => channel.withdrawTaker(taker)
  }
}

/** Sends to a channel. */
class SendCase<T, R> extends ChannelCase<R> {
  readonly channel: ChannelCore<T>
  readonly value: T
  readonly handler: () => Answer<R>

  constructor(channel: ChannelCore<T>, value: T, handler: () => Answer<R>) {
    super()
    this.channel = channel
    this.value = value
    this.handler = handler
  }

  get refusal(): Error | undefined {
    return this.channel.owner.abortError
  }

  get isOver(): boolean {
    return this.channel.isClosed
  }

  get isReady(): boolean {
    return !this.channel.isClosed && this.channel.accepts
  }

  commit(): (() => Answer<R>) | undefined {
    const { channel } = this
    return !channel.isClosed && channel.accept(this.value) ? this.handler : undefined
  }

  wait(selection: Waiting<R>): () => void {
    const { channel } = this
    const giver = new SelectGiver(selection, this)
    channel.awaitTaker(giver)
    return () => channel.withdrawGiver(giver)
  }
}

/** The place of a receive case in its channel's queue. */
class SelectTaker<T, R> extends WaitNode<Taker<T>> implements Taker<T> {
  readonly #selection: Waiting<R>
  readonly #case: ReceiveCase<T, R>

  constructor(selection: Waiting<R>, of: ReceiveCase<T, R>) {
    super()
    this.#selection = selection
    this.#case = of
  }

  take(value: T): void {
    const { handler } = this.#case
    this.#selection.commit(() => handler(value))
  }

  end(): void {
    this.#selection.caseOver()
  }

  fail(error: Error): void {
    this.#selection.fail(error)
  }
}

/** The place of a send case in its channel's queue. */
class SelectGiver<T, R> extends WaitNode<Giver<T>> implements Giver<T> {
  readonly #selection: Waiting<R>
  readonly #case: SendCase<T, R>

  constructor(selection: Waiting<R>, of: SendCase<T, R>) {
    super()
    this.#selection = selection
    this.#case = of
  }

  get value(): T {
    return this.#case.value
  }

  give(): T {
    this.#selection.commit(this.#case.handler)
    return this.value
  }

  end(): void {
    this.#selection.caseOver()
  }

  fail(error: Error): void {
    this.#selection.fail(error)
  }
}

/** What happens when no channel is ready. */
export class DefaultCase<R> {
  /** What to do. */
  readonly handler: () => Answer<R>

  /** Use `otherwise()`. @internal */
  constructor(handler: () => Answer<R>) {
    this.handler = handler
  }
}

/** What happens when no channel was ready for a time. */
export class TimeoutCase<R> {
  /** @internal */ readonly ms: number
  /** What to do. */
  readonly handler: () => Answer<R>

  /** Use `onTimeout()`. @internal */
  constructor(ms: number, handler: () => Answer<R>) {
    this.ms = ms
    this.handler = handler
  }
}

/** A case of `select`, made by `on`, `onSend`, `otherwise` or `onTimeout`. */
export type SelectCase<R> = ChannelCase<R> | DefaultCase<R> | TimeoutCase<R>

/** A case that receives from the channel and calls `handler` with the value. */
export function on<T, R>(channel: Channel<T>, handler: (value: T) => Answer<R>): SelectCase<R> {
  return new ReceiveCase(coreOf(channel), callback('select', 'handler', handler))
}

/** A case that sends the value, and calls `handler` once it is sent. The value is not sent when another case wins. */
export function onSend<T, R>(channel: Channel<T>, value: T, handler: () => Answer<R>): SelectCase<R> {
  return new SendCase(coreOf(channel), value, callback('select', 'handler', handler))
}

/** The case for when no other is ready: `select` then does not wait. */
export function otherwise<R>(handler: () => Answer<R>): SelectCase<R> {
  return new DefaultCase(callback('select', 'handler', handler))
}

/** The case for when no other has become ready for `ms` milliseconds. */
export function onTimeout<R>(ms: number, handler: () => Answer<R>): SelectCase<R> {
  return new TimeoutCase(duration('select', 'ms', ms), callback('select', 'handler', handler))
}

function coreOf<T>(value: Channel<T>): ChannelCore<T> {
  if (value instanceof Channel) return value.core
  throw wrongType('select', 'channel', 'a Channel', value)
}
