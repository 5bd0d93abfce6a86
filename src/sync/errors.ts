/** The errors of channels and broadcasts. */

/** A value could not be sent because the channel was closed first, or every channel of a `select` is closed. */
export class ChannelClosedError extends Error {
  override readonly name: string = 'ChannelClosedError'
  readonly _tag: string = 'ChannelClosedError'

  constructor(message: string = 'Channel is closed') {
    super(message)
  }
}

/** A subscriber was too slow for its buffer and has missed values; it goes on with the oldest one still there. */
export class BroadcastLaggedError extends Error {
  override readonly name: string = 'BroadcastLaggedError'
  readonly _tag: string = 'BroadcastLaggedError'
  /** How many values it has missed since it last read one. */
  readonly skipped: number

  constructor(skipped: number) {
    super(`Subscriber lagged behind and skipped ${skipped} ${skipped === 1 ? 'value' : 'values'}`)
    this.skipped = skipped
  }
}
