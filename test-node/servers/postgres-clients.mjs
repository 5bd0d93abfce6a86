/** Clients of PostgreSQL, which tell of a lost connection rather than end the process. */
import pg from 'pg'

const settings = (port, options) => ({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', options })

/** A connected client. */
export async function connect(port) {
  const client = new pg.Client(settings(port)).on('error', () => {})
  await client.connect()
  return client
}

/** A pool of connections with these options. */
export class Pool extends pg.Pool {
  constructor(port, options) {
    super({ ...settings(port, options), max: 8 })
    this.on('error', () => {})
  }
}
