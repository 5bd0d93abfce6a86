/** Compiles and runs every example of the site, and holds its pages to them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { chromium } from 'playwright'
import { findBrowser } from '../.ci/browsers.mjs'
import { node, root, run } from '../.ci/run.mjs'

const docs = join(root, 'docs')
const examples = join(docs, 'examples')
const text = (file) => readFileSync(file, 'utf8')

const pages = globSync('**/*.md', { cwd: docs, exclude: (path) => path.startsWith('api') || path === 'examples' })
const files = globSync('**/*.ts', { cwd: examples, exclude: (path) => path.endsWith('.d.ts') }).sort()

/** What the pages take from files: the page, the file, the region, and the output that the page says it has. */
const shown = pages.flatMap((page) => {
  const include = /^<<< @\/examples\/(\S+?)#(\w+)(?: \{.*\})?$(?:\n+```text\n([\s\S]*?)```)?/gm
  return [...text(join(docs, page)).matchAll(include)].map(([, file, region, output]) => ({
    page,
    file,
    region,
    output,
  }))
})

/** Modules that are part of others, and programs that need more than `node file`: their tests are below. */
const notAlone =
  /^(upstream|compare\/(?!all)|migrate\/(page|before|after)|start\/(worker|deno)|recipes\/(graceful-shutdown|plain-dom))/
const programs = files.filter((file) => !notAlone.test(file))

test('every example compiles', async () => {
  const { output } = await run('tsc', ['-p', 'docs/examples'])
  assert.equal(output.trim(), '')
})

describe('every example runs', { concurrency: 2 }, () => {
  for (const file of programs) {
    test(file, async () => {
      const { code, output } = await run(node, [join(examples, file)])
      assert.equal(code, 0, output)
      const said = shown.find((each) => each.file === file && each.output !== undefined)
      if (said) assert.equal(output, said.output, `docs/${said.page} says that it prints something else`)
    })
  }
})

describe('pages', () => {
  test('there are pages, and examples', () => {
    assert.ok(pages.length > 30, `${pages.length}`)
    assert.ok(programs.length > 25, `${programs.length}`)
  })

  test('the code of a page comes from an example that is run', () => {
    for (const page of pages)
      assert.doesNotMatch(text(join(docs, page)), /^```(ts|tsx|js|mjs|javascript|typescript)\b/m, page)
    for (const { page, file, region } of shown) {
      assert.ok(existsSync(join(examples, file)), `docs/${page} shows ${file}`)
      assert.match(
        text(join(examples, file)),
        new RegExp(`^ *// #region ${region}$`, 'm'),
        `docs/${page} shows ${file}`,
      )
    }
  })

  test('every example is shown', () => {
    const checks = ['compare/all.ts', 'migrate/both.ts']
    const unused = programs.filter((file) => !checks.includes(file) && !shown.some((each) => each.file === file))
    assert.deepEqual(unused, [])
  })
})

describe('examples in the engine they are for', () => {
  let server
  let upstream = ''
  let slow = 0
  before(async () => {
    server = createServer(({ url }, response) => {
      if (url === '/slow') {
        slow += 1
        setTimeout(() => response.end('slow'), 300)
      } else if (url.includes('missing')) response.writeHead(404).end()
      else response.end(JSON.stringify({ url }))
    })
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
    upstream = `http://127.0.0.1:${server.address().port}`
  })
  after(() => server.close())

  test('workerd: start/worker', async () => {
    const script = await bundle({ entryPoints: [join(examples, 'start', 'worker.ts')] }, 'workerd', 'worker', 'browser')
    const worker = new Miniflare({
      modules: true,
      script,
      compatibilityDate: '2026-01-01',
      bindings: { UPSTREAM: upstream },
    })
    try {
      const response = await worker.dispatchFetch('http://worker/7')
      assert.deepEqual(await response.json(), { user: { url: '/user/7' }, posts: { url: '/posts/7' } })
    } finally {
      await worker.dispose()
    }
  })

  test('Deno: start/deno', async () => {
    const folder = join(root, 'build', 'docs-deno')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(root, join(folder, 'node_modules', 'go-go-scope'))
    cpSync(join(examples, 'start', 'deno.ts'), join(folder, 'deno.ts'))
    const args = ['run', '--no-prompt', '--node-modules-dir=manual', '--allow-net=127.0.0.1', 'deno.ts']
    const { code, output } = await run('deno', [...args, `${upstream}/a`, `${upstream}/missing`], { cwd: folder })
    assert.equal(code, 1, output)
    assert.match(output, /2 of 2/)
    assert.match(output, /^✔ http\S+\/a/m)
    assert.match(output, /^✖ http\S+\/missing HTTP 404/m)
  })

  const browser = findBrowser('chromium')
  test('a browser: recipes/react', { skip: browser ? false : 'Chromium is not installed' }, async () => {
    const source = {
      stdin: {
        contents: `import { createElement, StrictMode } from 'react'
          import { createRoot } from 'react-dom/client'
          import { CitySearch } from './docs/examples/recipes/react.tsx'
          createRoot(document.body.appendChild(document.createElement('div')))
            .render(createElement(StrictMode, null, createElement(CitySearch)))`,
        resolveDir: root,
      },
    }
    const script = await bundle(source, 'browser')
    const chrome = await chromium.launch(browser.options)
    try {
      const page = await chrome.newPage()
      await page.evaluate(() => {
        globalThis.asked = []
        globalThis.api = {
          search: async (text) => {
            globalThis.asked.push(text)
            return [`${text}is`]
          },
          city: async () => ({ population: 2_000_000 }),
        }
      })
      await page.addScriptTag({ type: 'module', content: script })
      await page.getByRole('searchbox').pressSequentially('Par')
      await page.getByRole('button', { name: 'Paris' }).click()
      await page.getByRole('heading', { name: 'Paris: 2000000' }).waitFor()
      assert.equal((await page.evaluate(() => globalThis.asked)).at(-1), 'Par')
    } finally {
      await chrome.close()
    }
  })

  test('a browser: recipes/plain-dom', { skip: browser ? false : 'Chromium is not installed' }, async () => {
    const script = await bundle({ entryPoints: [join(examples, 'recipes', 'plain-dom.ts')] }, 'browser')
    const chrome = await chromium.launch(browser.options)
    try {
      const page = await chrome.newPage()
      await page.setContent('<search-box><input type="search"><ul></ul></search-box>')
      await page.evaluate(() => {
        globalThis.api = { search: async (text) => [`hit of ${text}`] }
      })
      await page.addScriptTag({ type: 'module', content: script })
      await page.getByRole('searchbox').pressSequentially('Par')
      await page.getByText('hit of Par').waitFor()
      await page.waitForFunction(() => document.title === 'hit of news')
    } finally {
      await chrome.close()
    }
  })

  test('a process that is told to end: recipes/graceful-shutdown', { timeout: 20_000 }, async () => {
    const port = await freePort()
    const env = { ...process.env, UPSTREAM: `${upstream}/slow`, PORT: String(port) }
    const child = spawn(node, [join(examples, 'recipes', 'graceful-shutdown.ts')], { env, stdio: 'inherit' })
    const exit = new Promise((ended) => child.once('exit', (...how) => ended(how)))
    try {
      const url = `http://127.0.0.1:${port}/page`
      await until(() => fetch(url).then((response) => response.text()))
      const before = slow
      const answer = fetch(url).then((response) => response.text())
      await until(async () => slow > before)
      child.kill('SIGTERM')
      assert.equal(await answer, '/page: slow')
      assert.deepEqual(await exit, [0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})

/** The text of one module with all it imports. */
async function bundle(what, ...conditions) {
  const { outputFiles } = await build({
    ...what,
    bundle: true,
    ignoreAnnotations: true, // the manifest says which files have side effects, of those that are shipped
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    conditions,
    external: ['cloudflare:*', 'node:*'],
  })
  return outputFiles[0].text
}

/** Asks until it is answered. */
async function until(ask) {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer) return answer
    await new Promise((later) => setTimeout(later, 20))
  }
}

/** A port that nobody listens on at this moment. */
async function freePort() {
  const probe = createServer()
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  return port
}
