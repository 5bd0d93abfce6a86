/** The port that the page is served on. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Something else listens where the page should be served. */
export class PortTakenError extends Error {
  /** @param {number} port */
  constructor(port) {
    super(`Port ${port} is taken. Another one: npm start -- --port ${port + 1}; any free one: npm start -- --port 0`)
  }
}

/**
 * Rejects with a `PortTakenError` when nobody can listen there.
 * @param {string} host
 * @param {number} port 0 is always free
 */
export async function expectFree(host, port) {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw new PortTakenError(port)
    throw error
  } finally {
    server.close()
  }
}
