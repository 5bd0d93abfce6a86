/** Deploys a Worker, bundled from the packed package, in workerd; beside it an upstream that the test commands. */
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Miniflare } from 'miniflare'
import { bundle as bundleFile } from '../../.ci/bundle.mjs'
import { pack } from '../../.ci/pack.mjs'
import { root, run } from '../../.ci/run.mjs'

/** Before and after workerd imitates Node unasked. */
export const configurations = [
  { compatibilityDate: '2026-07-01', compatibilityFlags: ['enable_request_signal'] },
  { compatibilityDate: '2026-08-04', compatibilityFlags: ['enable_request_signal', 'nodejs_compat'] },
]

let project

/** A folder where the packed package is installed, with copies of what is deployed. */
async function folder() {
  const { tarball } = await pack()
  const path = mkdtempSync(join(tmpdir(), 'worker-'))
  process.on('exit', () => rmSync(path, { recursive: true, force: true }))
  const installed = join(path, 'node_modules', 'go-go-scope')
  mkdirSync(installed, { recursive: true })
  const { code, output } = await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  if (code !== 0) throw new Error(output)
  symlinkSync(join(root, 'node_modules', 'hono'), join(path, 'node_modules', 'hono'))
  cpSync(join(root, 'examples', 'worker'), join(path, 'example'), {
    recursive: true,
    filter: (file) => !file.endsWith('tsconfig.json'),
  })
  cpSync(import.meta.dirname, join(path, 'test'), { recursive: true })
  return path
}

/** The script of a Worker: `example/index.ts`, `example/hono.ts`, or one of this folder. */
export async function bundle(entry) {
  project ??= folder()
  return bundleFile(join(await project, entry))
}

/** Resolves when the condition holds; a test that waits in vain says for what. */
export async function until(condition, what, limit = 20_000) {
  for (const end = performance.now() + limit; !(await condition()); await delay(10))
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`)
}

/** Starts a Worker that ends with the test; sockets lead straight to it, as they would at the edge. */
export async function deploy(t, script, options) {
  const lines = []
  const handleRuntimeStdio = (out, err) => {
    for (const stream of [out, err]) stream.on('data', (chunk) => lines.push(String(chunk)))
  }
  const miniflare = new Miniflare({
    modules: true,
    script,
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    handleRuntimeStdio,
    ...options,
  })
  t.after(() => miniflare.dispose())
  await miniflare.ready
  const url = await miniflare.unsafeGetDirectURL()
  return { url, lines, ...client(url) }
}

function client(url) {
  const at = (path) => new URL(path, url)
  return {
    ask: (path, init) => fetch(at(path), init),
    json: async (path) => (await fetch(at(path))).json(),
    /** A client whose connection breaks; `response` resolves with the headers. */
    leaver(path, method = 'GET') {
      const request = httpRequest(at(path), { method, agent: false })
      const response = once(request, 'response').then(([message]) => message)
      for (const each of [response, once(request, 'close')]) each.catch(() => {})
      request.on('error', () => {})
      request.end()
      // A FIN alone says that nothing more is sent, and leaves open whether anybody listens.
      return { response, leave: () => request.socket.resetAndDestroy() }
    },
  }
}

/** An upstream whose answers the test gives: `answers` by path, `asked` what was wanted of it, `open` what is under way. */
export async function startUpstream(t) {
  const reset = () => {
    upstream.answers.clear()
    upstream.asked.length = 0
    upstream.left = 0
  }
  const upstream = { answers: new Map(), asked: [], open: new Set(), left: 0, url: '', askedAt: 0, reset }
  const server = createServer((request, response) => {
    const [path] = request.url.split('?')
    upstream.asked.push(request.url)
    upstream.askedAt = performance.now()
    upstream.open.add(response)
    response.on('close', () => {
      upstream.open.delete(response)
      if (!response.writableFinished) upstream.left++
    })
    const answer = upstream.answers.get(path) ?? upstream.answers.get('*')
    if (answer === undefined) return // never
    answer(response, new URL(request.url, 'http://upstream'))
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 })
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  upstream.url = `http://127.0.0.1:${server.address().port}`
  return upstream
}

/** Resolves when nothing is under way, and no retry comes any more. */
export const quiet = (upstream) =>
  until(() => upstream.open.size === 0 && performance.now() - upstream.askedAt > 400, 'the upstream to be left alone')

/** An answer in JSON. */
export const json =
  (value, status = 200) =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

/** What workerd says when requests meddle with one another, or never answer. */
export const meddling = /different request|request context|code had hung/i
