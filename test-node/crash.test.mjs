/**
 * Kills what saves checkpoints at random instants: no save that was told of may be lost, none may be torn, and no run may begin
 * from zero again.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'esbuild'
import { findBrowser } from '../.ci/browsers.mjs'
import { long, node, root } from '../.ci/run.mjs'

const scripts = join(import.meta.dirname, 'crash')

/** A folder that goes with the test. */
function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

async function bundle(entry, conditions, folder) {
  const { outputFiles } = await build({
    entryPoints: [join(scripts, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['node:*', 'cloudflare:*'],
    conditions,
    absWorkingDir: root,
  })
  const file = join(folder, entry)
  writeFileSync(file, outputFiles[0].text)
  return file
}

/** What the runs have told, and whether it is true. */
class Story {
  highest = 0
  resumed = 0
  #ahead
  #fail
  #waiting = () => {}
  failure = new Promise((_, reject) => (this.#fail = reject))

  /** `ahead` is how many saves may be done and not told of: what stands between may be killed with its lines. */
  constructor(ahead = 1) {
    this.#ahead = ahead
    this.failure.catch(() => {}) // raced against below
  }

  hear(line) {
    const [what, value] = line.split(/ (.*)/s)
    const row = Number(value)
    if (what === 'resumed') {
      const right = row >= this.highest && row <= this.highest + this.#ahead
      if (!right) this.#fail(new Error(`resumed from ${row}, but ${this.highest} was saved`))
      this.resumed++
    } else if (what === 'saved') this.highest = row
    else this.#fail(new Error(line))
    this.#waiting()
  }

  /** Waits for the first save of a run. */
  async saves() {
    const before = this.highest
    const again = () => new Promise((resolve) => (this.#waiting = resolve))
    while (this.highest <= before) await Promise.race([again(), this.failure])
  }
}

/** Starts it again and again, and kills it with all its processes some time after its first save. */
async function kill(rounds, story, start) {
  for (let round = 1; round <= rounds; round++) {
    const child = start()
    const exited = once(child, 'exit')
    const died = exited.then(([code]) => Promise.reject(new Error(`run ${round} ended by itself with ${code}`)))
    died.catch(() => {})
    try {
      await Promise.race([story.saves(), died])
      await Promise.race([delay(Math.random() * 60), story.failure, died])
    } finally {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {} // it has ended
      await exited
    }
  }
  assert.equal(story.resumed, rounds)
}

/** A process, the leader of its group so that all of it can be killed, whose lines are the story. */
function telling(story, args) {
  const child = spawn(node, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], cwd: root })
  let rest = ''
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) story.hear(line)
  })
  return child
}

test('files survive kills', async (t) => {
  const folder = folderFor(t)
  const story = new Story()
  await kill(long ? 300 : 10, story, () => telling(story, [join(scripts, 'files.mjs'), folder]))
})

test('a Durable Object survives kills of workerd', async (t) => {
  const folder = folderFor(t)
  const file = await bundle('object.mjs', ['workerd', 'worker', 'browser'], folder)
  const story = new Story(Infinity)
  await kill(long ? 50 : 5, story, () => telling(story, [join(scripts, 'workerd.mjs'), file, join(folder, 'storage')]))
})

const chromium = findBrowser('chromium')?.options?.executablePath
test('IndexedDB survives kills of the browser', { skip: chromium ? false : 'no Chromium' }, async (t) => {
  const folder = folderFor(t)
  const file = await bundle('page.mjs', ['browser'], folder)
  const story = new Story()
  const page = '<!doctype html><script type="module" src="/page.mjs"></script>'
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost')
    if (pathname === '/tell') story.hear(searchParams.get('line'))
    if (pathname === '/page.mjs') response.setHeader('content-type', 'text/javascript').end(readFileSync(file))
    else response.setHeader('content-type', 'text/html').end(pathname === '/' ? page : '')
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage']
  await kill(long ? 50 : 5, story, () =>
    spawn(chromium, [...options, `--user-data-dir=${join(folder, 'profile')}`, url], {
      detached: true,
      stdio: 'ignore',
    }),
  )
  server.closeAllConnections()
})
