/** The last values of a channel. */

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { ChannelSource, ChannelState } from './channel-state.js'
import { ChannelView, stateOf } from './channel-view.js'

/** Options of `useChannel`. */
export interface UseChannelOptions {
  /** How many of the last values are kept in `values`, a positive integer. Default: 1. */
  readonly limit?: number
}

/**
 * Reads a channel or a broadcast while the component is mounted, and gives its last value, its last values and its status.
 *
 * A value of a channel goes to one reader: for several components make a broadcast, of which each gets all values. The
 * component changes at most once a frame (16 ms) and then takes all that waits, so that senders with the strategy `block` are
 * held to the pace of the screen. Unmounting leaves the rest in the channel, and unsubscribes from a broadcast.
 * Without a source it is an open channel without values.
 *
 * @throws RangeError while rendering, when `limit` makes no sense.
 * @example
 * ```tsx
 * import type { Channel } from 'go-go-scope'
 *
 * function Prices({ prices }: { prices: Channel<number> }) {
 *   const { value, values, status } = useChannel(prices, { limit: 50 })
 *   return <p>{status === 'open' ? value : 'closed'}, from {values[0]}</p>
 * }
 * ```
 */
export function useChannel<T>(
  source: ChannelSource<T> | undefined,
  { limit = 1 }: UseChannelOptions = {},
): ChannelState<T> {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`Cannot use channel: limit must be a positive integer, got ${String(limit)}`)
  const [view] = useState(() => new ChannelView<T>())
  useEffect(() => (source === undefined ? undefined : view.open(source, limit)), [view, source, limit])
  const seen = useSyncExternalStore(view.subscribe, view.get, view.get)
  return useMemo(() => trim(stateOf(seen, source), limit), [seen, source, limit])
}

/** The limit may have become a lower one since the last value came. */
function trim<T>(state: ChannelState<T>, limit: number): ChannelState<T> {
  return state.values.length > limit ? { ...state, values: state.values.slice(-limit) } : state
}
