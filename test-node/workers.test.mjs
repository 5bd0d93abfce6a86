/** Workers as users have them: in processes that end by themselves, in bundles, and on a page with a strict policy. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import { chromium } from 'playwright'
import { rollup } from 'rollup'
import resolve from '@rollup/plugin-node-resolve'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { findBrowser } from '../.ci/browsers.mjs'
import { node, root, run } from '../.ci/run.mjs'

// Inside the package, so that its name resolves to itself.
const folder = join(root, 'build', 'consumers')
const source = join(folder, 'source')

const worker = `
import { expose } from 'go-go-scope'
expose({ add: ({ data: [a, b] }) => a + b, where: () => typeof document })
`

/** The page says what it found in its title. */
const page = (create) => `
import { scope, workerTasks } from 'go-go-scope'
const w = workerTasks({ create: () => ${create} })
const results = {}
{
  const s = scope({ logLevel: 'error' })
  results.typed = await s.task(w.add, { worker: true, data: [1, 2] })
  results.where = await s.task(w.where, { worker: true })
  results.sent = await s.task(({ data }) => data * 2 + ':' + typeof document, { worker: true, data: 21 })
  await s[Symbol.asyncDispose]()
}
const strict = scope({ workerPool: { fallback: 'error' } })
const [error, value] = await strict.task(() => 1, { worker: true })
results.strict = error === undefined ? value : error.name
await strict[Symbol.asyncDispose]()
document.title = JSON.stringify(results)
`
const byUrl = "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })"
const besides = "new Worker('./worker.js', { type: 'module' })"

before(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(source, { recursive: true })
  writeFileSync(join(source, 'worker.js'), worker)
  writeFileSync(join(source, 'page.js'), page(byUrl))
  writeFileSync(join(source, 'page-besides.js'), page(besides))
  writeFileSync(join(source, 'index.html'), '<!doctype html><script type="module" src="./page.js"></script>')
})

const html = '<!doctype html><title></title><script type="module" src="./page.js"></script>'

/** Builds the page and its worker, each bundler in its own way; resolves to the folder that is to be served. */
const bundlers = {
  async esbuild(outdir) {
    // It does not follow workers: they are an entry of their own.
    const entryPoints = { page: join(source, 'page-besides.js'), worker: join(source, 'worker.js') }
    await esbuild({ entryPoints, outdir, bundle: true, splitting: true, format: 'esm', minify: true, keepNames: true })
    writeFileSync(join(outdir, 'index.html'), html)
  },
  async rollup(outdir) {
    const input = { page: join(source, 'page-besides.js'), worker: join(source, 'worker.js') }
    const bundle = await rollup({ input, plugins: [resolve({ exportConditions: ['browser'] })] })
    await bundle.write({ dir: outdir, format: 'es' })
    writeFileSync(join(outdir, 'index.html'), html)
  },
  async vite(outdir) {
    const build = { outDir: outdir, emptyOutDir: true, target: 'es2022' }
    await vite({ root: source, base: './', logLevel: 'error', configFile: false, build, worker: { format: 'es' } })
  },
  async webpack(outdir) {
    const stats = await promisify(webpack)({
      mode: 'production',
      context: source,
      entry: './page.js',
      experiments: { outputModule: true },
      output: { path: outdir, filename: 'page.js', module: true, publicPath: './' },
    })
    assert.equal(stats.hasErrors(), false, stats.toString())
    writeFileSync(join(outdir, 'index.html'), html)
  },
}

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

/** Serves a folder with these headers; resolves to its address. */
async function serve(folder, headers = {}) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://page').pathname
    try {
      const body = readFileSync(join(folder, path === '/' ? 'index.html' : path))
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/html', ...headers }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return `http://127.0.0.1:${server.address().port}/`
}

const found = findBrowser('chromium')
const skip = found === undefined ? 'Chromium is not installed' : false
let browser

before(async () => {
  if (found !== undefined) browser = await chromium.launch({ ...found.options, args: ['--no-sandbox'] })
})
after(() => browser?.close())

/** What the page at this address says. */
async function visit(address) {
  const tab = await browser.newPage()
  const errors = []
  tab.on('pageerror', (error) => errors.push(String(error)))
  try {
    await tab.goto(address)
    await tab.waitForFunction(() => document.title !== '', undefined, { timeout: 20_000 })
    return JSON.parse(await tab.title())
  } catch (error) {
    throw new Error(`${error.message}\n${errors.join('\n')}`)
  } finally {
    await tab.close()
  }
}

for (const [name, bundle] of Object.entries(bundlers)) {
  test(`a consumer bundled by ${name} runs tasks in workers`, { skip }, async () => {
    const out = join(folder, name)
    await bundle(out)
    assert.deepEqual(await visit(await serve(out)), {
      typed: [null, 3],
      where: [null, 'undefined'],
      sent: [null, '42:undefined'],
      strict: 1,
    })
  })
}

test('on a page with a strict policy the typed form works, and functions fall back', { skip }, async () => {
  const policy = `default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'`
  const out = join(folder, 'strict')
  await bundlers.esbuild(out)
  const strict = await serve(out, { 'content-security-policy': policy })
  assert.deepEqual(await visit(strict), {
    typed: [null, 3],
    where: [null, 'undefined'],
    sent: [null, '42:object'],
    strict: 'WorkerStartError',
  })
})

const bin = (name) => join(root, 'node_modules', '.bin', name)
const servers = {
  node: [node],
  deno: [bin('deno'), 'run', '--no-prompt', '--allow-read'],
  bun: [bin('bun')],
}

for (const [name, [command, ...args]] of Object.entries(servers)) {
  test(`${name}: a process with idle workers ends by itself`, async () => {
    const file = join(folder, `idle-${name}.mjs`)
    writeFileSync(
      file,
      `import { scope } from ${JSON.stringify(join(root, 'dist', `${name}.js`))}
const s = scope({ workerPool: { size: 2 } })
const double = ({ data }) => data * 2
console.log(await Promise.all([s.task(double, { worker: true, data: 1 }), s.task(double, { worker: true, data: 2 })]))`,
    )
    const start = performance.now()
    const { code, output } = await run(command, [...args, file], { timeout: 30_000 })
    assert.equal(code, 0, output)
    assert.match(output.replaceAll(/\s+/g, ' '), /undefined, 2 .*undefined, 4/)
    assert.ok(performance.now() - start < 20_000, 'long before idleTimeout')
  })
}
