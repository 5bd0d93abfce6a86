/** What the command can be told. */
import { parseArgs } from 'node:util'

export const usage = `Usage: npm start -- [--port <number>]

Serves the live page and its Worker on this machine, until Ctrl-C.

  --port   where to listen (default: 8787; 0 takes any free port)
  --help   show this

Exit code
    0  --help
    1  the page could not be served
    2  the arguments are no good
  130  ended by Ctrl-C (143 by SIGTERM)`

/** The arguments were no good. */
export class UsageError extends Error {}

/**
 * @param {readonly string[]} args
 * @returns {{ port: number, help: boolean }}
 */
export function parseOptions(args) {
  const { port, help } = parse(args)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`The port must be a number from 0 to 65535, got ${port}`)
  }
  return { port: Number(port), help }
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    const options = /** @type {const} */ ({
      port: { type: 'string', default: '8787' },
      help: { type: 'boolean', short: 'h', default: false },
    })
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
