/** Hears of changes through a second client, since one that subscribes can do nothing else. */
import { object, optionalCallback, wrongType } from '../../src/base/options.js'
import type { Undo } from '../../src/base/undo.js'
import { Listeners, type Wire } from '../store/listeners.js'

/** What is used of a second, connected client of the package `redis`. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>
}

/** What is used of a second client of the package `ioredis`. */
export interface IoredisSubscriber {
  call(command: string, ...args: string[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  removeListener(event: 'message', listener: (channel: string, message: string) => void): unknown
}

/** A second client, connected, that does nothing but subscribe: `client.duplicate()` makes one. */
export type RedisSubscriber = NodeRedisSubscriber | IoredisSubscriber

/** Calls listeners for the messages of their channel. */
export interface RedisSubscriptions {
  listen(channel: string, fn: (message: string) => void): Undo
}

/** Subscribes to a channel while somebody listens to it. `onError` hears what else would have no way out. */
export function redisSubscriptions(
  action: string,
  subscriber: RedisSubscriber,
  onError: ((error: unknown) => void) | undefined,
): RedisSubscriptions {
  object(action, 'subscriber', subscriber)
  if (typeof subscriber.subscribe !== 'function') {
    throw wrongType(action, 'subscriber', 'a client of redis or ioredis', subscriber)
  }
  optionalCallback(action, 'onError', onError)
  const listeners = new Listeners<string>('call' in subscriber ? ioredis(subscriber) : nodeRedis(subscriber), onError)
  return { listen: (channel, fn) => listeners.add(channel, fn) }
}

function nodeRedis(subscriber: NodeRedisSubscriber): Wire<string> {
  return {
    open: async (channel, hear) => subscriber.subscribe(channel, hear),
    close: async (channel, hear) => subscriber.unsubscribe(channel, hear),
  }
}

/** All channels' messages come by one event. */
function ioredis(subscriber: IoredisSubscriber): Wire<string> {
  const channels = new Map<string, (message: string) => void>()
  const listener = (channel: string, message: string): void => channels.get(channel)?.(message)
  return {
    async open(channel, hear) {
      if (channels.size === 0) subscriber.on('message', listener)
      channels.set(channel, hear)
      await subscriber.subscribe(channel)
    },
    async close(channel) {
      channels.delete(channel)
      if (channels.size === 0) subscriber.removeListener('message', listener)
      await subscriber.unsubscribe(channel)
    },
  }
}
