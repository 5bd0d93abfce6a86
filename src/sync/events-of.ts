/** The events of a target as something to iterate over. */

import { text, wrongType } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { EventIterator, type EventsOptions } from './event-iterator.js'

/** An `EventTarget`, whatever host it is of. */
export interface EventTargetLike<E> {
  addEventListener(type: string, listener: (event: E) => void): void
  removeEventListener(type: string, listener: (event: E) => void): void
}

/**
 * Listens to a target at once, and yields its events in order to one loop. Leaving the loop, and the owner's end, take the
 * listener off; reads that wait reject with the reason when the owner is cancelled.
 *
 * A target cannot be told to wait, so that a reader that is too slow misses events as the options say.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * for await (const event of eventsOf(s, new EventTarget(), 'message', { capacity: 100 })) handle(event)
 * ```
 */
export function eventsOf<E>(
  owner: Lifetime,
  target: EventTargetLike<E>,
  type: string,
  options: EventsOptions<E> = {},
): EventIterator<E> {
  const action = 'listen to events'
  if (typeof target?.addEventListener !== 'function') throw wrongType(action, 'target', 'an EventTarget', target)
  text(action, 'type', type)
  return new EventIterator(owner, options, (hear) => {
    target.addEventListener(type, hear)
    return () => target.removeEventListener(type, hear)
  })
}
