/** What can be asked of a priority channel. */

/**
 * What becomes of a value sent to a full priority channel: `block` lets the sender wait, `error` refuses it, `drop-latest`
 * drops it, `drop-lowest` drops the last in rank, which may be the new one, and the youngest among equals.
 */
export type PriorityStrategy = 'block' | 'error' | 'drop-latest' | 'drop-lowest'

/** Options of `priorityChannel`; one of `priority` and `compare` is needed. */
export interface PriorityChannelOptions<T> {
  /** How urgent a value is: higher goes first. It may be asked more than once. */
  readonly priority?: ((value: T) => number) | undefined
  /** Negative when `a` goes first, as for `sort`. It must not use the channel. */
  readonly compare?: ((a: T, b: T) => number) | undefined
  /** How many values wait in the channel; an integer or `Infinity`. Default: `Infinity`. */
  readonly capacity?: number
  /** What becomes of a value sent to a full channel. Default: `block`. */
  readonly backpressure?: PriorityStrategy
  /** Called once for each value that is dropped, after the operation that dropped it. */
  readonly onDrop?: ((value: T) => void) | undefined
}
