/** Runs the conformance suite in every engine and prints one table of counts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBrowser, installBrowsers } from './browsers.mjs'
import { node, root, run } from './run.mjs'

const installed = (name) => join(root, 'node_modules', name)
const versionOf = (name) => JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')).version

/** Reads the counts from what an engine's own test command prints. */
function counts(output, passed, failed) {
  return { passed: Number(output.match(passed)?.[1] ?? 0), failed: Number(output.match(failed)?.[1] ?? 0) }
}
export const nodeTestCounts = (output) => counts(output, /^ℹ pass (\d+)$/m, /^ℹ fail (\d+)$/m)
/** The end of a report repeats each failure, and in full. */
export const nodeTestDetails = (output) => output.split('✖ failing tests:').at(-1)
const oneLine = (output) => counts(output, /^(\d+) passed, \d+ failed$/m, /^\d+ passed, (\d+) failed$/m)

function nodeEngine(name) {
  const bin = name === 'node' ? node : join(installed(name), 'bin', 'node')
  return {
    name: name === 'node' ? 'node 24' : name.replace('node', 'node '),
    missing: existsSync(bin) ? undefined : 'no build of it for this platform',
    command: [bin, '--test', '--test-timeout=30000', '--test-reporter=spec', 'test-node/conformance.mjs'],
    version: async () => (await run(bin, ['--version'])).output.trim(),
    counts: nodeTestCounts,
    details: nodeTestDetails,
  }
}

function browserEngine(name) {
  return {
    name,
    missing: findBrowser(name) ? undefined : 'not installed, see npm run browsers',
    command: ['wtr', '--config', 'test-browser/wtr.config.mjs'],
    env: { ENGINE: name },
    version: async (output) => output.match(/^version (.+)$/m)?.[1] ?? '',
    counts: oneLine,
  }
}

export function engines() {
  return [
    ...['node20', 'node22', 'node', 'node26'].map(nodeEngine),
    {
      name: 'deno',
      // Declarations are checked from the packed package: outside node_modules Deno does not look for .d.ts beside .js.
      command: ['deno', 'test', '--no-check', '--no-prompt', '--allow-read=.', 'test-edge/conformance.deno.js'],
      version: async () => versionOf('deno'),
      counts: (output) => counts(output, /\b(\d+) passed\b/, /\b(\d+) failed\b/),
      details: (output) => output.replaceAll(/^.* \.\.\. ok.*\n/gm, ''),
    },
    {
      name: 'bun',
      command: ['bun', 'test', './test-edge/conformance.bun.js'],
      version: async () => versionOf('bun'),
      counts: (output) => counts(output, /^\s*(\d+) pass$/m, /^\s*(\d+) fail$/m),
      details: (output) => output.replaceAll(/^\(pass\).*\n/gm, ''),
    },
    {
      name: 'workerd',
      command: [node, 'test-edge/workerd.mjs'],
      version: async () => versionOf('workerd'),
      counts: oneLine,
    },
    ...['chromium', 'firefox', 'webkitgtk', 'wpe'].map(browserEngine),
  ]
}

/** Runs one engine; a command that fails, or that ran nothing, counts as at least one failure. */
export async function runEngine(engine) {
  if (engine.missing) {
    const failed = process.env.CI === 'true' ? 1 : 0
    console.log(`${failed ? '✖ missing' : 'skipped'}: ${engine.name}: ${engine.missing}`)
    return { name: engine.name, version: 'missing', passed: 0, failed, seconds: 0 }
  }
  const start = performance.now()
  const [command, ...args] = engine.command
  const { code, output } = await run(command, args, { env: engine.env, timeout: 300_000 })
  const seconds = (performance.now() - start) / 1000
  const found = engine.counts(output)
  const failed = Math.max(found.failed, code !== 0 || found.passed === 0 ? 1 : 0)
  if (failed > 0) printFailure(engine, output)
  return { name: engine.name, version: await engine.version(output), passed: found.passed, failed, seconds }
}

function printFailure({ name, details = (output) => output }, output) {
  console.log(`\n✖ ${name}\n${details(output).trim().slice(0, 20_000)}\n`)
}

export function printTable(rows) {
  const cells = [
    ['engine', 'version', 'passed', 'failed', 'seconds'],
    ...rows.map(({ name, version, passed, failed, seconds }) => [name, version, passed, failed, seconds.toFixed(1)]),
  ].map((row) => row.map(String))
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  console.log(`\n${cells.map(line).join('\n')}`)
}

/** The last line of a report; its exit code is 1 unless something passed and nothing failed. */
export function summary(rows) {
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0)
  console.log(`\n${total('passed')} passed, ${total('failed')} failed`)
  process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0
}

/** Compiles the suite, both for the oldest engine and untouched for those with native `using`. */
export async function compileSuite() {
  return run('tsc', ['-b', 'tsconfig.conformance.json', 'tsconfig.native.json'])
}

/** Runs the suite in all engines, or those whose name contains one of the words. */
export async function runEngines(words = []) {
  await installBrowsers()
  const rows = []
  for (const engine of engines()) {
    if (words.length && !words.some((word) => engine.name.includes(word))) continue
    rows.push(await runEngine(engine))
  }
  return rows
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { code, output } = await compileSuite()
  if (code !== 0) console.log(output)
  const rows = await runEngines(process.argv.slice(2))
  printTable(rows)
  summary(rows)
  if (code !== 0) process.exitCode = 1
}
