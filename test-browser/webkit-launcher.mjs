/** A @web/test-runner launcher for Debian's two WebKits, over plain WebDriver. */
import { call, webkitDriver } from './webkit-driver.mjs'

/** One fresh session, and with it a fresh profile, for each test file. */
export function webkitLauncher({ kind, driver, binary, onVersion }) {
  const { name, capabilities, start, end } = webkitDriver({ kind, driver, binary })
  const sessions = new Map()
  let address

  return {
    name,
    type: kind,
    concurrency: 1,
    async initialize() {
      address = await start()
    },
    async startSession(id, url) {
      const session = await call(address, 'POST', '/session', { capabilities: { alwaysMatch: capabilities } })
      onVersion(session.capabilities.browserVersion)
      const path = `/session/${session.sessionId}`
      sessions.set(id, { path, url })
      await call(address, 'POST', `${path}/url`, { url })
    },
    isActive: (id) => sessions.has(id),
    getBrowserUrl: (id) => sessions.get(id)?.url,
    async stopSession(id) {
      const { path } = sessions.get(id)
      sessions.delete(id)
      await call(address, 'DELETE', path).catch(() => {})
      return {}
    },
    async stop() {
      await Promise.all([...sessions.values()].map(({ path }) => call(address, 'DELETE', path).catch(() => {})))
      end()
    },
    async startDebugSession() {
      throw new Error(`${name} cannot be debugged from here`)
    },
    async stopDebugSession() {},
  }
}
