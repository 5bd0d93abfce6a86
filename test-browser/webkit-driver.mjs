/** Starts the WebDrivers of Debian's two WebKits, which Playwright cannot drive. */
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

/** What a driver of this kind is called, asked for and started with. */
export function webkitDriver({ kind, driver, binary }) {
  const { name, needsDisplay, capabilities } = kinds[kind]
  const children = []

  const exit = () => process.exit(143) // SIGTERM alone would skip what is done on exit
  const end = () => {
    process.off('exit', end).off('SIGTERM', exit)
    for (const child of children.splice(0).reverse()) child.kill()
  }

  async function ready(address) {
    for (let tries = 0; tries < 200; tries++) {
      try {
        if ((await call(address, 'GET', '/status')).ready) return
      } catch {} // not listening yet
      await delay(50)
    }
    throw new Error(`${driver} did not start`)
  }

  /** Resolves to its address. */
  async function start() {
    process.once('exit', end).once('SIGTERM', exit)
    const env = { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', GSETTINGS_BACKEND: 'memory', GIO_USE_VFS: 'local' }
    if (needsDisplay) env.DISPLAY = await startDisplay(children)
    const port = await freePort()
    const address = `http://127.0.0.1:${port}`
    children.push(spawn(driver, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' }))
    await ready(address)
    return address
  }

  return { name, capabilities: capabilities(binary), start, end }
}

/** Calls a WebDriver. */
export async function call(address, method, path, body) {
  const response = await fetch(address + path, {
    method,
    body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const { value } = await response.json()
  if (value?.error) throw new Error(`${value.error}: ${value.message}`)
  return value
}
