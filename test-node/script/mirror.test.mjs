/** The example of a script, run as its users run it: the packed package from a registry, in Deno, Node and Bun. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { node, root, run } from '../../.ci/run.mjs'
import { startRegistry } from './registry.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const base = mkdtempSync(join(tmpdir(), 'script-'))
after(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }))

const permissions = (host) => [`--allow-net=${host}`, '--allow-read=mirror', '--allow-write=mirror']
const runtimes = {
  deno: { start: (host) => [bin('deno'), 'run', '--no-prompt', ...permissions(host)] },
  node: { start: () => [node], install: ['npm', 'install', '--no-audit', '--no-fund'] },
  bun: { start: () => [bin('bun'), 'run'], install: ['bun', 'install'] },
}

let registry
let env
before(async () => {
  registry = await startRegistry(['cli-progress'])
  // Caches of their own: what was fetched before must not answer for the registry.
  env = {
    NPM_CONFIG_REGISTRY: registry,
    NPM_CONFIG_CACHE: join(base, 'npm'),
    DENO_DIR: join(base, 'deno'),
    BUN_INSTALL_CACHE_DIR: join(base, 'bun-cache'),
  }
  for (const [name, { install }] of Object.entries(runtimes)) {
    cpSync(join(root, 'examples', 'script'), join(base, name), { recursive: true })
    if (install === undefined) continue
    const [command, ...args] = install
    const { code, output } = await run(command, args, { cwd: join(base, name), env })
    assert.equal(code, 0, output)
  }
})

const names = ['a', 'b', 'c', 'd', 'deep/e', 'deep/f g', 'h', 'same', 'and/same']
const contentOf = (name) => `${name.split('/').at(-1)}\n`.repeat(10_000)
const lineOf = (name) => `${createHash('sha256').update(contentOf(name)).digest('hex')}  ${name}`

/** A site with nine files; those in `held` never come, those in `broken` come wrong. */
async function startSite(t) {
  const site = { asked: [], held: new Set(), broken: new Set(), host: '' }
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1))
    site.asked.push(name)
    if (name === 'SUMS') response.end(`${names.map(lineOf).join('\n')}\n`)
    else if (site.held.has(name)) response.write('not yet')
    else if (site.broken.has(name)) response.end('something else')
    else if (names.includes(name)) response.end(contentOf(name))
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  site.host = `127.0.0.1:${server.address().port}`
  return site
}

/** Starts the script in its runtime's folder; `ended` resolves to how it went. */
function start(name, [command, ...args]) {
  const child = spawn(command, args, {
    cwd: join(base, name),
    env: { ...process.env, ...env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    raw: output,
    output: stripVTControlCharacters(output),
  }))
  return { child, ended }
}

async function until(condition, what) {
  for (const end = performance.now() + 60_000; !condition(); await delay(20))
    if (performance.now() > end) throw new Error(`waited a minute in vain for ${what}`)
}

/** Registers a test of all runtimes at once, each with a site, an empty folder, and a way to start the script. */
function inEach(title, options, fn) {
  const all = Object.entries(runtimes)
  const one = (t, [name, { start: commandFor }]) =>
    t.test(name, async (each) => {
      const folder = join(base, name, 'mirror')
      rmSync(folder, { recursive: true, force: true })
      const site = await startSite(each)
      const command = [...commandFor(site.host), 'mirror.mjs', `http://${site.host}/SUMS`, 'mirror']
      const begin = () => start(name, command)
      await fn({ site, folder, begin, command, name, finish: () => begin().ended })
    })
  test(title, { concurrency: all.length, ...options }, (t) => Promise.all(all.map((runtime) => one(t, runtime))))
}

function assertComplete(folder) {
  for (const name of names) assert.equal(readFileSync(join(folder, name), 'utf8'), contentOf(name), name)
  assert.deepEqual(globSync('**/*.part', { cwd: folder }), [])
}

/** The files whose checkpoint is on the disk. */
const saved = (folder) => {
  const text = globSync('.mirror/**/*.json', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('')
  return names.filter((name) => text.includes(lineOf(name)))
}

inEach('mirrors everything, and again only looks', {}, async ({ site, folder, finish }) => {
  const first = await finish()
  assert.equal(first.code, 0, first.output)
  assert.match(first.output, /9\/9/)
  assert.match(first.output, /^9 files are there and proven, 0 of them by an earlier run$/m)
  assertComplete(folder)
  assert.equal(site.asked.length, 1 + names.length)
  const second = await finish()
  assert.equal(second.code, 0, second.output)
  assert.equal(site.asked.length, 2 + names.length)
})

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
])
  inEach(`${signal} amid the work loses nothing that was proven`, {}, async ({ site, folder, begin, finish }) => {
    site.held = new Set(['c', 'deep/f g'])
    const { child, ended } = begin()
    // A kill leaves no time to save: what was proven is on the disk twice a second.
    await until(() => site.asked.length === 10 && (signal !== 'SIGKILL' || saved(folder).length === 7), 'seven files')
    await until(() => names.filter((name) => existsSync(join(folder, name))).length === 7, 'their names')
    child.kill(signal)
    const interrupted = await ended
    assert.equal(interrupted.code, expected, interrupted.output)
    if (expected !== null) assert.match(interrupted.output, new RegExp(`^Interrupted by ${signal}: run it again`, 'm'))
    const before = saved(folder).length
    assert.ok(before >= 6, `${before}`) // the seventh may have got its name in the very moment of the signal

    site.held.clear()
    site.asked.length = 0
    const { code, output } = await finish()
    assert.equal(code, 0, output)
    assert.ok(output.includes(`9 files are there and proven, ${before} of them by an earlier run`), output)
    assert.deepEqual(site.asked.sort(), ['SUMS', 'c', 'deep/f g'])
    assertComplete(folder)
  })

inEach(
  'a file that is not what the list says stops no other, and is tried again',
  {},
  async ({ site, folder, finish }) => {
    site.broken.add('b')
    const { code, output } = await finish()
    assert.equal(code, 1, output)
    assert.match(output, /^b is not what the list says$/m)
    assert.match(output, /^1 of 9 files are not there$/m)
    assert.equal(readdirSync(folder).includes('b'), false)
    assert.equal(site.asked.filter((name) => name === 'b').length, 4)
    site.broken.clear()
    site.asked.length = 0
    const second = await finish()
    assert.equal(second.code, 0, second.output)
    assert.deepEqual(site.asked, ['SUMS', 'b'])
    assertComplete(folder)
  },
)

inEach('what it is told must make sense', {}, async ({ site, command, name }) => {
  for (const [args, expected] of [
    [['mirror'], /^Usage: /],
    [[`http://${site.host}/nothing`, 'mirror'], /nothing answered with 404/],
    [[`http://${site.host}/a`, 'mirror'], /The list has a line that is none of sha256sum's: a/],
  ]) {
    const { code, output } = await start(name, [...command.slice(0, -2), ...args]).ended
    assert.equal(code, 2, output)
    assert.match(output, expected)
  }
})

const pty = existsSync('/usr/bin/script') ? false : 'no program called script, which makes a terminal'
inEach('shows a bar on a terminal', { skip: pty }, async ({ command, name }) => {
  const { code, raw, output } = await start(name, ['script', '-qec', command.join(' '), '/dev/null']).ended
  assert.equal(code, 0, output)
  assert.match(output, /={40} 9\/9/)
  assert.ok(raw.lastIndexOf('\u001b[?7h') > raw.lastIndexOf('9/9'), 'the terminal is as it was')
})

test('deno: asks for these permissions and no other, and names the one that is missing', async (t) => {
  const site = await startSite(t)
  const all = permissions(site.host)
  for (const [missing, name] of [
    [0, 'net access to "127.0.0.1:'],
    [1, 'read access to "'],
    [2, 'write access to "'],
  ]) {
    rmSync(join(base, 'deno', 'mirror'), { recursive: true, force: true })
    const granted = all.filter((_, at) => at !== missing)
    const command = [bin('deno'), 'run', '--no-prompt', ...granted, 'mirror.mjs', `http://${site.host}/SUMS`, 'mirror']
    const { code, output } = await start('deno', command).ended
    assert.equal(code, 2, output)
    assert.ok(output.includes(name), output)
    assert.ok(output.includes(all[missing].split('=')[0]), output)
  }
})
