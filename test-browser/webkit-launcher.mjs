/** A @web/test-runner launcher for Debian's two WebKits, which Playwright cannot drive, over plain WebDriver. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const kinds = {
  webkitgtk: {
    name: 'WebKitGTK',
    needsDisplay: true,
    capabilities: (binary) => ({ 'webkitgtk:browserOptions': { binary, args: ['--automation'] } }),
  },
  wpe: {
    name: 'WPE WebKit',
    needsDisplay: false,
    capabilities: (binary) => ({ 'wpe:browserOptions': { binary, args: ['--automation', '--platform=headless'] } }),
  },
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** Starts a virtual screen; resolves to its name. */
async function startDisplay(children) {
  const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  children.push(xvfb)
  const failed = once(xvfb, 'exit').then(([code]) => Promise.reject(new Error(`Xvfb exited with ${code}`)))
  const [number] = await Promise.race([once(xvfb.stdio[3], 'data'), failed])
  failed.catch(() => {}) // it is ended at the end
  return `:${String(number).trim()}`
}

/** One fresh session, and with it a fresh profile, for each test file. */
export function webkitLauncher({ kind, driver, binary, onVersion }) {
  const { name, needsDisplay, capabilities } = kinds[kind]
  const children = []
  const sessions = new Map()
  let address

  async function call(method, path, body) {
    const response = await fetch(address + path, {
      method,
      body: body && JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    const { value } = await response.json()
    if (value?.error) throw new Error(`${value.error}: ${value.message}`)
    return value
  }

  async function ready() {
    for (let tries = 0; tries < 200; tries++) {
      try {
        if ((await call('GET', '/status')).ready) return
      } catch {} // not listening yet
      await delay(50)
    }
    throw new Error(`${driver} did not start`)
  }

  const end = () => {
    for (const child of children.splice(0).reverse()) child.kill()
  }

  return {
    name,
    type: kind,
    concurrency: 1,
    async initialize() {
      process.once('exit', end)
      process.once('SIGTERM', () => process.exit(143)) // which would skip the line above
      const env = { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', GSETTINGS_BACKEND: 'memory', GIO_USE_VFS: 'local' }
      if (needsDisplay) env.DISPLAY = await startDisplay(children)
      const port = await freePort()
      address = `http://127.0.0.1:${port}`
      children.push(spawn(driver, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' }))
      await ready()
    },
    async startSession(id, url) {
      const session = await call('POST', '/session', { capabilities: { alwaysMatch: capabilities(binary) } })
      onVersion(session.capabilities.browserVersion)
      const path = `/session/${session.sessionId}`
      sessions.set(id, { path, url })
      await call('POST', `${path}/url`, { url })
    },
    isActive: (id) => sessions.has(id),
    getBrowserUrl: (id) => sessions.get(id)?.url,
    async stopSession(id) {
      const { path } = sessions.get(id)
      sessions.delete(id)
      await call('DELETE', path).catch(() => {})
      return {}
    },
    async stop() {
      await Promise.all([...sessions.values()].map(({ path }) => call('DELETE', path).catch(() => {})))
      end()
    },
    async startDebugSession() {
      throw new Error(`${name} cannot be debugged from here`)
    },
    async stopDebugSession() {},
  }
}
