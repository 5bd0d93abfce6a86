/** The providers of one process, over a client of its own. */
import { postgresPersistence } from 'go-go-scope/postgres'
import { redisPersistence } from 'go-go-scope/redis'
import { Pool } from './postgres-clients.mjs'
import { redisClients } from './redis-clients.mjs'

/** Providers by the name of their client, with the default prefix. */
export async function persistenceOf(kind, port) {
  if (kind === 'pg pool') {
    const pool = new Pool(port)
    return { persistence: postgresPersistence(pool), close: () => pool.end() }
  }
  const { connect, close } = redisClients[kind]
  const client = await connect(port)
  return { persistence: redisPersistence(client), close: () => close(client) }
}
