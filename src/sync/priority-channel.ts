/** A channel that gives what is most urgent first. */

import { object } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import { Channel } from './channel.js'
import { ChannelCore } from './channel-core.js'
import { PriorityBacklog } from './priority-backlog.js'
import { PriorityGivers } from './priority-givers.js'
import type { PriorityChannelOptions } from './priority-options.js'
import { Ranking } from './ranking.js'

/** A channel in every other respect: `select`, iteration and `map` work as ever. Made by `priorityChannel`. */
export class PriorityChannel<T> extends Channel<T> {
  /** Use `priorityChannel()`. */
  constructor(owner: Lifetime, options: PriorityChannelOptions<T>) {
    const action = 'create priority channel'
    const ranking = new Ranking(owner, object(action, 'options', options))
    const backlog = new PriorityBacklog(owner, ranking, options)
    requireOpen(owner, action)
    super(owner, {}, new ChannelCore(owner, backlog, new PriorityGivers(ranking)))
  }
}

/**
 * Makes a channel whose receivers get the first in rank of all values there are, those of senders that wait for room
 * included; equals in the order they were sent. `priority` (higher goes first) or `compare` decides.
 *
 * Everything else is as with `channel`. A `priority` or `compare` that throws is reported, and its value counts as last or as
 * equal. It needs no disposal: an unused one leaves nothing in its owner.
 *
 * @throws TypeError, RangeError on options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const alerts = priorityChannel<{ text: string; level: number }>(s, { priority: (alert) => alert.level, capacity: 100 })
 * await alerts.send({ text: 'low on disk', level: 1 })
 * await alerts.send({ text: 'on fire', level: 9 })
 * const first = await alerts.receive() // on fire
 * ```
 */
export function priorityChannel<T>(owner: Lifetime, options: PriorityChannelOptions<T>): PriorityChannel<T> {
  return new PriorityChannel(owner, options)
}
