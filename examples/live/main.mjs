/**
 * The live page: `node examples/live/main.mjs [--port <number>]`.
 *
 * Bundles the page and its Worker, runs the Worker in workerd, and prints the address. Ctrl-C ends everything in order.
 */
import { constants } from 'node:os'
import { scope } from 'go-go-scope'
import { parseOptions, UsageError, usage } from './options.mjs'
import { PortTakenError } from './server/port.mjs'

/** The Node that runs this is too old for workerd's tools. */
class NodeError extends Error {
  constructor() {
    super(`The live page needs Node 22 or later, this is ${process.version}; everything else here runs in Node 20 too`)
  }
}

/** Why the page is served no longer. */
class Interruption extends Error {
  /** @param {'SIGINT' | 'SIGTERM'} signal */
  constructor(signal) {
    super(`Interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

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
  if (Number.parseInt(process.versions.node, 10) < 22) throw new NodeError()
  const { serve } = await import('./server/serve.mjs') // it takes a while to load
  // Where the language has it: `await using s = scope(…)`, without the try and the finally.
  const s = scope({ name: 'live page' })
  try {
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      const interrupt = () => s.cancel(new Interruption(signal))
      process.once(signal, interrupt) // a second one ends the process, as if nobody listened
      s.onDispose(() => void process.off(signal, interrupt))
    }
    console.log('Bundling the page and reading the cities')
    const address = await serve(s, options)
    if (!s.aborted) console.log(`\nThe live page is at ${address}\nCtrl-C ends it.`)
    await new Promise((resolve) => s.onAbort(resolve))
    return s.reason instanceof Interruption ? s.reason.exitCode : 1
  } finally {
    await s[Symbol.asyncDispose]()
  }
}

/**
 * What was wrong, for people; an error nobody foresaw comes with its stack.
 * @param {unknown} error
 */
function explain(error) {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`
  return error instanceof PortTakenError || error instanceof NodeError ? error.message : error
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(explain(error))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
