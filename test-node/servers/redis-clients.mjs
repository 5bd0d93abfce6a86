/** The clients of Redis that providers are tested with. Each rejects at once while its server is away. */
import * as ioredis6 from 'ioredis'
import * as ioredis5 from 'ioredis5'
import * as redis6 from 'redis'
import * as redis4 from 'redis4'
import * as redis5 from 'redis5'

function nodeRedis({ createClient }) {
  return {
    async connect(port) {
      const socket = { host: '127.0.0.1', port, reconnectStrategy: 20 }
      const client = createClient({ socket, disableOfflineQueue: true }).on('error', () => {})
      await client.connect()
      return client
    },
    close: (client) => (client.destroy ?? client.disconnect).call(client),
    send: (client, ...args) => client.sendCommand(args),
  }
}

function ioredis({ Redis }, options = {}) {
  return {
    async connect(port) {
      const retry = { retryStrategy: () => 20, maxRetriesPerRequest: 0, enableOfflineQueue: false }
      const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, ...retry, ...options })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    close: (client) => client.disconnect(),
    send: (client, ...args) => client.call(...args),
  }
}

export const redisClients = {
  'redis 4': nodeRedis(redis4.default ?? redis4),
  'redis 5': nodeRedis(redis5),
  'redis 6': nodeRedis(redis6),
  'ioredis 5': ioredis(ioredis5),
  'ioredis 6': ioredis(ioredis6),
}

/** With a prefix that the client puts before every key by itself. */
export const prefixing = ioredis(ioredis6, { keyPrefix: 'app:' })
