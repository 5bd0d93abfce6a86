/** What a component shows of a channel. */

import type { Subscription } from 'go-go-scope'

/** What values come from: a channel, of which each value goes to one reader, or a broadcast, of which all readers get all. */
export type ChannelSource<T> =
  | { readonly size: number; [Symbol.asyncIterator](): AsyncIterator<T, undefined> }
  | { subscribe(): Subscription<T> }

/** Where a channel is, its last value, and its last values, oldest first. */
export type ChannelState<T> = ChannelValues<T> & ChannelStatus

/** What has come out of a channel. */
export interface ChannelValues<T> {
  readonly value: T | undefined
  readonly values: readonly T[]
}

/** Whether more may come, and why not: `cancelled` is the end of its scope, `failed` an error on the way, as in `map`. */
export type ChannelStatus =
  | { readonly status: 'open'; readonly error: undefined }
  | { readonly status: 'closed'; readonly error: undefined }
  | { readonly status: 'failed'; readonly error: Error }
  | { readonly status: 'cancelled'; readonly error: Error }
