/**
 * Mirrors what a list of checksums names: `mirror.mjs <URL of the list> <folder>`.
 *
 * The list is what `sha256sum` prints and projects publish beside their releases, such as
 * https://nodejs.org/dist/latest/SHASUMS256.txt; the files lie beside it. Each is downloaded, unless it is there already, and
 * is worth nothing until its checksum is right. Six at a time; what fails for a moment is tried again.
 *
 * Interrupted in any way, it goes on where it was: what was proven is saved, and not read again. The same file runs in
 *
 *     node mirror.mjs …                                                                 (npm install, before)
 *     bun mirror.mjs …                                                                  (bun install, before)
 *     deno run --allow-net=HOST --allow-read=FOLDER --allow-write=FOLDER mirror.mjs …   (deno.json says what it imports)
 *
 * Exit code: 0 everything is there and proven; 1 some files are not; 2 the arguments or the list are no good, or a permission
 * is missing; 130 after Ctrl-C, 143 after SIGTERM.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { SingleBar } from 'cli-progress'
import { FileCheckpointProvider, scope } from 'go-go-scope'

/** @typedef {{ line: string, path: string, hash: string }} Listed */

/** Why everything was cancelled. */
class Interruption extends Error {
  /** @param {'SIGINT' | 'SIGTERM'} signal */
  constructor(signal) {
    super(`Interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** What trying again cannot help. */
class FinalError extends Error {}

/**
 * @param {string} text
 * @returns {Listed[]}
 */
function parse(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [, hash, path] = /^([0-9a-f]{64}) [ *](\S.*)$/i.exec(line) ?? []
    const isInside = path !== undefined && !path.startsWith('/') && !path.split(/[/\\]/).includes('..')
    if (!isInside) throw new FinalError(`The list has a line that is none of sha256sum's: ${line.slice(0, 80)}`)
    return { line, path, hash: hash.toLowerCase() }
  })
}

/**
 * @param {URL} url
 * @param {AbortSignal} signal
 */
async function get(url, signal) {
  const response = await fetch(url, { signal })
  if (response.ok && response.body !== null) return response
  await response.body?.cancel()
  const text = `${url} answered with ${response.status}`
  // A retry waits for as long as the response's Retry-After says.
  throw response.status < 500 && response.status !== 429
    ? new FinalError(text)
    : Object.assign(new Error(text), { response })
}

/**
 * The hash of a file, if it is there.
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function hashOf(path, signal) {
  const file = await open(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const hash = createHash('sha256')
    const buffer = new Uint8Array(128 * 1024)
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/**
 * Sees to it that a file is there, with the right content: under its name it is whole or not at all.
 * @param {URL} list
 * @param {string} folder
 * @param {Listed} listed
 * @param {AbortSignal} signal
 */
async function mirror(list, folder, { path, hash }, signal) {
  const target = join(folder, path)
  if ((await hashOf(target, signal)) === hash) return
  await mkdir(dirname(target), { recursive: true })
  const response = await get(new URL(path.split('/').map(encodeURIComponent).join('/'), list), signal)
  const found = createHash('sha256')
  const file = await open(`${target}.part`, 'w')
  try {
    for await (const chunk of response.body ?? []) {
      found.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  if (found.digest('hex') !== hash) throw new Error(`${path} is not what the list says`)
  await rename(`${target}.part`, target)
}

/** A download may fail for a moment; a refusal, a permission or a full disk does not pass. */
const patience = {
  timeout: 600_000,
  retry: {
    max: 3,
    attemptTimeout: 120_000,
    /** @param {Error & { code?: string }} error */
    if: (error) => !(error instanceof FinalError || error.name === 'NotCapable' || error.code === 'ENOSPC'),
  },
}

/** @param {import('go-go-scope').Scope} s */
function cancelOnSignals(s) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    const interrupt = () => s.cancel(new Interruption(signal))
    process.once(signal, interrupt) // a second one ends the process, as if nobody listened
    s.onDispose(() => void process.off(signal, interrupt))
  }
}

/** @param {import('go-go-scope').Scope} s */
function createBar(s) {
  const bar = new SingleBar({
    stream: process.stderr,
    format: '{bar} {value}/{total} {file}',
    noTTYOutput: true, // as lines, one a second
    notTTYSchedule: 1_000,
    gracefulExit: false, // the scope ends it, on every way out
  })
  s.onDispose(() => bar.stop())
  return bar
}

/**
 * Mirrors what is not proven yet. One file that fails stops no other.
 *
 * @param {import('go-go-scope').Scope} s
 * @param {URL} list
 * @param {string} folder
 */
function mirrorAll(s, list, folder) {
  const bar = createBar(s)
  return s.task(
    async ({ signal, checkpoint }) => {
      const [unread, text] = await s.task(async (task) => (await get(list, task.signal)).text(), patience)
      if (unread) throw unread
      const files = parse(text)
      const proven = new Set(/** @type {readonly string[]} */ (checkpoint?.data ?? []))
      const todo = files.filter(({ line }) => !proven.has(line))
      bar.start(files.length, files.length - todo.length, { file: '' })
      const jobs = todo.map((each) => async () => {
        const [error] = await s.task((task) => mirror(list, folder, each, task.signal), { id: each.path, ...patience })
        if (error) throw error
        proven.add(each.line)
        checkpoint?.stage([...proven]) // saved twice a second, and when this ends
        bar.increment({ file: each.path })
      })
      const results = await s.parallel(jobs, { concurrency: 6, continueOnError: true })
      signal.throwIfAborted()
      bar.stop()
      const errors = results.flatMap(([error]) => error ?? [])
      // A failure keeps the checkpoint, for the next run; a success has no more use for it.
      if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${files.length} files are not there`)
      return { files: files.length, before: files.length - todo.length }
    },
    { id: list.href, checkpoint: { interval: 500, maxCheckpoints: 2 } },
  )
}

/**
 * @param {URL} list
 * @param {string} folder
 * @returns {Promise<number>} the exit code
 */
async function main(list, folder) {
  await mkdir(folder, { recursive: true })
  const checkpoint = new FileCheckpointProvider(join(folder, '.mirror'))
  // Where the language has it: `await using s = scope(…)`, without the try and the finally.
  const s = scope({ name: 'mirror', persistence: { checkpoint } })
  try {
    cancelOnSignals(s)
    const [error, counts] = await mirrorAll(s, list, folder)
    if (error === undefined) {
      console.log(`${counts.files} files are there and proven, ${counts.before} of them by an earlier run`)
      return 0
    }
    if (error instanceof Interruption) {
      console.error(`${error.message}: run it again to go on`)
      return error.exitCode
    }
    const errors = error instanceof AggregateError ? error.errors : []
    for (const { message } of [...errors, error]) console.error(message)
    return errors.length > 0 ? 1 : 2
  } finally {
    await s[Symbol.asyncDispose]()
  }
}

const [address, folder, ...more] = process.argv.slice(2)
if (folder === undefined || more.length > 0 || !URL.canParse(address)) {
  console.error('Usage: mirror.mjs <URL of a list of sha256sum> <folder>')
  process.exitCode = 2
} else {
  try {
    process.exitCode = await main(new URL(address), folder)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
}
