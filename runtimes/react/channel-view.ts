/**
 * Shows the last values of a channel, to `useSyncExternalStore`.
 *
 * A state belongs to its source: rendered with another one it is the state of an open channel without values.
 */

import { isCancelled } from 'go-go-scope'
import { ChannelReading } from './channel-reading.js'
import type { ChannelSource, ChannelState, ChannelStatus } from './channel-state.js'

/** A state, and whose it is. */
export interface View<T> {
  readonly source: ChannelSource<T> | undefined
  readonly state: ChannelState<T>
}

const empty: ChannelState<never> = { status: 'open', error: undefined, value: undefined, values: [] }

/** What a component sees of a channel. */
export class ChannelView<T> {
  #view: View<T> = { source: undefined, state: empty }
  readonly #listeners: Set<() => void> = new Set()

  /** Calls `fn` when there is another view; returns its undo. */
  readonly subscribe: (fn: () => void) => () => void = (fn) => {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  /** The view so far. */
  readonly get: () => View<T> = () => this.#view

  /** Begins to read; returns what ends that. */
  open(source: ChannelSource<T>, limit: number): () => void {
    const reading = new ChannelReading(source, {
      onValues: (values) => {
        const kept = [...stateOf(this.#view, source).values, ...values].slice(-limit)
        this.#show(source, { status: 'open', error: undefined, value: kept.at(-1), values: kept })
      },
      onEnd: (error) => {
        const { value, values } = stateOf(this.#view, source)
        this.#show(source, { ...ending(error), value, values })
      },
    })
    return () => reading.leave()
  }

  #show(source: ChannelSource<T>, state: ChannelState<T>): void {
    this.#view = { source, state }
    for (const listener of [...this.#listeners]) listener()
  }
}

/** What a view says to those who look at this source. */
export function stateOf<T>(view: View<T>, source: ChannelSource<T> | undefined): ChannelState<T> {
  return view.source === source ? view.state : empty
}

function ending(error: Error | undefined): ChannelStatus {
  if (error === undefined) return { status: 'closed', error }
  return { status: isCancelled(error) ? 'cancelled' : 'failed', error }
}
