/** Serves the page and its Worker in workerd, for as long as a scope lives. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Miniflare } from 'miniflare'
import { bundlePage, bundleWorker } from './bundle.mjs'
import { readCities } from './cities.mjs'
import { expectFree } from './port.mjs'

const host = '127.0.0.1'

/**
 * Resolves to the address.
 * @param {import('go-go-scope').Scope} s
 * @param {{ port: number }} options
 * @returns {Promise<string>}
 */
export async function serve(s, { port }) {
  await expectFree(host, port)
  const folder = await mkdtemp(join(tmpdir(), 'live-page-'))
  s.onDispose(() => rm(folder, { recursive: true, force: true }))
  const [script, cities] = await Promise.all([bundleWorker(), readCities(), bundlePage(folder)])
  await writeFile(join(folder, 'places.bin'), cities.places)
  if (s.aborted) return ''
  const miniflare = new Miniflare({
    host,
    port,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['enable_request_signal', 'request_signal_passthrough'],
    modulesRoot: '/',
    modules: [
      { type: 'ESModule', path: '/main.js', contents: script },
      { type: 'Text', path: '/cities.txt', contents: cities.table },
    ],
    handleRuntimeStdio,
    assets: { directory: folder, binding: 'ASSETS', routerConfig: { has_user_worker: true } },
  })
  s.onDispose(() => miniflare.dispose())
  const { port: listening } = await miniflare.ready
  return `http://localhost:${listening}/`
}

/**
 * Passes on what workerd says, but for each client that left amid an answer: here they do so all the time.
 * @param {import('node:stream').Readable} stdout
 * @param {import('node:stream').Readable} stderr
 */
function handleRuntimeStdio(stdout, stderr) {
  stdout.pipe(process.stdout)
  let left = false
  createInterface(stderr).on('line', (line) => {
    left = line.includes('disconnected: ') || (left && line.startsWith('stack: '))
    if (!left) process.stderr.write(`${line}\n`)
  })
}
