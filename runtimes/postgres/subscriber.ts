/** Hears of changes through a connection that stays open. */
import { object, optionalCallback, wrongType } from '../../src/base/options.js'
import type { Undo } from '../../src/base/undo.js'
import { Listeners } from '../store/listeners.js'

/** What is used of a connected `Client` of `pg`; a pool does not do, since it lends another connection each time. */
export interface PostgresSubscriber {
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: PostgresNotification) => void): unknown
  removeListener(event: 'notification', listener: (message: PostgresNotification) => void): unknown
}

/** What the server sends. */
export interface PostgresNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

/** Calls listeners for the messages about their place. */
export interface PostgresSubscriptions {
  /** The one channel that all listen to. */
  readonly channel: string
  listen(place: Promise<string>, fn: (fields: readonly string[]) => void): Undo
}

/** Listens to a channel while anybody does. `onError` hears what else would have no way out. */
export function postgresSubscriptions(
  action: string,
  subscriber: PostgresSubscriber,
  channel: string,
  onError: (error: unknown) => void = () => {},
): PostgresSubscriptions {
  object(action, 'subscriber', subscriber)
  if (typeof subscriber.on !== 'function' || typeof subscriber.query !== 'function') {
    throw wrongType(action, 'subscriber', 'a client of pg', subscriber)
  }
  optionalCallback(action, 'onError', onError)
  let forward: (message: PostgresNotification) => void = () => {}
  const listeners = new Listeners<string>(
    {
      async open(_, hear) {
        forward = (message) => {
          if (message.channel === channel) hear(message.payload ?? '')
        }
        subscriber.on('notification', forward)
        await subscriber.query(`LISTEN "${channel}"`)
      },
      async close() {
        subscriber.removeListener('notification', forward)
        await subscriber.query(`UNLISTEN "${channel}"`)
      },
    },
    onError,
  )
  return {
    channel,
    listen(place, fn) {
      let own: string | undefined
      place.then((found) => (own = found)).catch(onError)
      return listeners.add(channel, (payload) => {
        const [about, ...fields] = payload.split('|')
        if (about === own) fn(fields)
      })
    },
  }
}
