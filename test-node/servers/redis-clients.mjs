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
    send: (client, _key, ...args) => client.sendCommand(args),
  }
}

function ioredis({ Redis }, options = {}) {
  return {
    async connect(port) {
      // While a server loads its data, ioredis would wait for as long as the server believes that takes.
      const again = { retryStrategy: () => 20, maxLoadingRetryTime: 20 }
      const retry = { ...again, maxRetriesPerRequest: 0, enableOfflineQueue: false }
      const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, ...retry, ...options })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    close: (client) => client.disconnect(),
    send: (client, _key, ...args) => client.call(...args),
  }
}

export const redisClients = {
  'redis 4': nodeRedis(redis4.default ?? redis4),
  'redis 5': nodeRedis(redis5),
  'redis 6': nodeRedis(redis6),
  'ioredis 5': ioredis(ioredis5),
  'ioredis 6': ioredis(ioredis6),
}

/** Clients that are set up in a way of their own. */
export const specialClients = {
  /** Every reply is bytes. */
  'redis 6 with buffers': {
    ...nodeRedis(redis6),
    async connect(port) {
      const client = await nodeRedis(redis6).connect(port)
      return client.withTypeMapping({ [redis6.RESP_TYPES.BLOB_STRING]: Buffer })
    },
  },
  /** The client puts a prefix before every key by itself. */
  'ioredis 6 with a prefix': ioredis(ioredis6, { keyPrefix: 'app:' }),
}

/** Clients of a cluster; `subscriber` makes one that subscribes. */
export const clusterClients = {
  'redis 6': {
    async connect(port) {
      const cluster = redis6
        .createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] })
        .on('error', () => {})
      await cluster.connect()
      return cluster
    },
    close: (cluster) => cluster.destroy(),
    subscriber: (port) => nodeRedis(redis6).connect(port),
    send: (cluster, key, ...args) => cluster.sendCommand(key, false, args),
  },
  'ioredis 6': {
    async connect(port) {
      const cluster = new ioredis6.Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true })
      await cluster.connect()
      return cluster
    },
    close: (cluster) => cluster.disconnect(),
    subscriber: (port) => ioredis(ioredis6).connect(port),
    send: (cluster, _key, ...args) => cluster.call(...args),
  },
}
