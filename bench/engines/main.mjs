/**
 * The counted rows as times, in each engine: how many times as long as a bare call. `npm run bench:engines chromium` for one; with
 * `-- --save` the docs show them.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { Miniflare } from 'miniflare'
import { chromium } from 'playwright'
import { findBrowser } from '../../.ci/browsers.mjs'
import { bundle } from '../../.ci/bundle.mjs'
import { node, root, run } from '../../.ci/run.mjs'
import { saved } from '../reading.mjs'
import { measure } from './rounds.mjs'

const here = import.meta.dirname

async function program(command, ...args) {
  const { code, output } = await run(command, [...args, join(here, 'program.mjs')])
  if (code !== 0) throw new Error(output)
  return JSON.parse(output.trim().split('\n').at(-1))
}

async function inChromium() {
  const found = findBrowser('chromium')
  if (found === undefined) return undefined
  const browser = await chromium.launch({ ...found.options, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    const script = await bundle(join(here, 'rounds.mjs'), ['browser'])
    await page.route('**', (route) =>
      route.fulfill(
        route.request().url().endsWith('.js')
          ? { contentType: 'text/javascript', body: script }
          : { contentType: 'text/html', body: '<!doctype html>' },
      ),
    )
    await page.goto('http://bench.test/')
    return await page.evaluate(async (module) => (await import(module)).measureAll(), '/rounds.js')
  } finally {
    await browser.close()
  }
}

async function inWorkerd() {
  const script = await bundle(join(here, 'worker.mjs'))
  const miniflare = new Miniflare({ modules: true, script, compatibilityDate: '2026-07-01' })
  try {
    const ask = (query) => miniflare.dispatchFetch(`http://bench/?${new URLSearchParams(query)}`)
    const names = await (await ask({})).json()
    const answer = {}
    for (const row of names) {
      const elapsed = async (side, times) => {
        const start = performance.now()
        const response = await ask({ row, side, times })
        if (!response.ok) throw new Error(await response.text())
        return performance.now() - start
      }
      answer[row] = await measure(elapsed, 20_000, 5)
    }
    return answer
  } finally {
    await miniflare.dispose()
  }
}

const engines = {
  'node 24': () => program(node),
  deno: () => program('deno', 'run', '--no-check', '--quiet'),
  bun: () => program('bun'),
  chromium: inChromium,
  workerd: inWorkerd,
}

const { values, positionals: words } = parseArgs({ options: { save: { type: 'boolean' } }, allowPositionals: true })
const wanted = Object.entries(engines).filter(
  ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
)
if (wanted.length === 0) throw new Error(`No engine is called ${words.join(' or ')}`)
const answers = {}
for (const [name, measureIn] of wanted) {
  const answer = await measureIn()
  if (answer === undefined) console.log(`- skipped ${name}: not installed, npm run browsers`)
  else answers[name] = answer
}
const shown = Object.keys(answers)
const table = new Table({
  head: ['times a bare call', ...shown],
  colAligns: ['left', ...shown.map(() => 'right')],
  style: { head: [], border: [], compact: true },
})
for (const row of Object.keys(Object.values(answers)[0] ?? {})) {
  table.push([row, ...shown.map((name) => `${answers[name][row].ratio.toFixed(1)}×`)])
}
console.log(`${table}`)
for (const folder of [join(root, 'build', 'bench'), ...(values.save ? [saved] : [])]) {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'engines.json'), `${JSON.stringify(answers, null, 2)}\n`)
}
