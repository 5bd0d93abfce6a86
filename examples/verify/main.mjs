/**
 * Verifies a folder of installed packages: `npm run verify [folder]`.
 *
 * Everything happens in one scope. However it ends (done, Ctrl-C, an error), when the scope is disposed of nothing of it
 * is still running, the bar is gone and the listeners are removed.
 */
import { readdir, realpath } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { scope } from 'go-go-scope'
import { parseOptions, UsageError, usage } from './options.mjs'
import { createProgress } from './progress.mjs'
import { isAlarming, report, verdict } from './report.mjs'
import { RecordError, recordFile, Store } from './store.mjs'
import { verify } from './verify.mjs'

/** Why the scope was cancelled. */
class Interruption extends Error {
  /** @param {'SIGINT' | 'SIGTERM'} signal */
  constructor(signal) {
    super(`Interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** The folder is no good. */
class FolderError extends Error {}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const options = parseOptions(args)
  if (options.help) {
    console.log(usage)
    return 0
  }
  const folder = await folderAt(options.folder)
  const record = recordFile(folder)
  const startedAt = performance.now()

  // Where the language has it: `await using s = scope(…)`, without the try and the finally.
  const s = scope({ name: 'verify', gracePeriod: 500 })
    .provide('store', () => Store.open(record, folder))
    .provide(
      'progress',
      () => createProgress(process.stderr),
      (progress) => progress.stop(),
    )
  try {
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      const interrupt = () => s.cancel(new Interruption(signal))
      process.once(signal, interrupt) // a second one ends the process, as if nobody listened
      s.onDispose(() => void process.off(signal, interrupt))
    }
    const outcome = await verify(s, folder, { except: dirname(record) })
    s.use('progress').stop()
    console.log(report(outcome, { all: options.all, tree: s.debugTree() }))
    console.log(verdict(outcome, { done: s.use('progress').done, ms: performance.now() - startedAt }))
    if (!outcome.isComplete && s.reason instanceof Interruption) return s.reason.exitCode
    return outcome.findings.some(isAlarming) ? 1 : 0
  } finally {
    await s[Symbol.asyncDispose]()
  }
}

/**
 * The folder's real path, once it is known to be one that can be read.
 * @param {string} given
 */
async function folderAt(given) {
  try {
    await readdir(given)
    return await realpath(given)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    const reason =
      code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'it is not a folder' : error.message
    throw new FolderError(`Cannot verify ${given}: ${reason}`)
  }
}

/**
 * What was wrong, for people; an error nobody foresaw comes with its stack.
 * @param {unknown} error
 */
function explain(error) {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`
  return error instanceof FolderError || error instanceof RecordError ? error.message : error
}

try {
  process.exitCode = await main(process.argv.slice(2))
  if (process.exitCode > 128) process.exit() // a read that hangs must not hold an interrupted process
} catch (error) {
  console.error(explain(error))
  process.exitCode = 2
}
