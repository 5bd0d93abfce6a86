/** Scopes and channels as an observer sees them: read when wanted. Channels are held weakly, as nobody disposes of one. */

import { BroadcastChannel } from '../sync/broadcast.js'
import type { ChannelCore } from '../sync/channel-core.js'
import type { ScopeCore } from './core.js'
import type { ObservedChannel, ObservedScope, ObservedScopeState } from './observation.js'

export class ScopeView implements ObservedScope {
  readonly #core: ScopeCore

  constructor(core: ScopeCore) {
    this.#core = core
  }

  get id(): number {
    return this.#core.id
  }

  get name(): string {
    return this.#core.scopeName
  }

  get parent(): number | undefined {
    return this.#core.parent?.id
  }

  get concurrency(): number | undefined {
    return this.#core.concurrency
  }

  get state(): ObservedScopeState {
    const core = this.#core
    return core.isEnded ? 'disposed' : core.isDisposed ? 'disposing' : core.aborted ? 'aborted' : 'live'
  }

  get reason(): Error | undefined {
    return this.#core.abortError
  }

  get active(): number {
    return this.#core.group.active
  }
}

/** Holds its channel weakly, where the host can do that. */
export class ChannelView implements ObservedChannel {
  readonly id: number
  readonly kind: 'channel' | 'broadcast'
  readonly capacity: number
  readonly strategy: string
  readonly #channel: WeakRef<ChannelCore<unknown> | BroadcastChannel<unknown>>

  constructor(id: number, channel: ChannelCore<unknown> | BroadcastChannel<unknown>) {
    this.id = id
    this.#channel = new WeakRef(channel)
    const isBroadcast = channel instanceof BroadcastChannel
    this.kind = isBroadcast ? 'broadcast' : 'channel'
    this.capacity = isBroadcast ? channel.capacity : channel.backlog.capacity
    this.strategy = isBroadcast ? channel.strategy : channel.backlog.strategy
  }

  get state(): 'open' | 'closed' | 'gone' {
    const channel = this.#channel.deref()
    return channel === undefined ? 'gone' : channel.isClosed ? 'closed' : 'open'
  }

  get size(): number {
    const channel = this.#channel.deref()
    return (channel instanceof BroadcastChannel ? channel.held : channel?.backlog.held) ?? 0
  }

  get waiting(): 'senders' | 'receivers' | undefined {
    const channel = this.#channel.deref()
    return channel?.isCrowded ? 'senders' : channel?.isWanted ? 'receivers' : undefined
  }

  get subscribers(): number | undefined {
    const channel = this.#channel.deref()
    return channel instanceof BroadcastChannel ? channel.subscriberCount : undefined
  }
}
