/** What the command can be told. */
import { parseArgs } from 'node:util'

export const usage = `Usage: npm run verify -- [folder] [--all]

Hashes every file of the packages installed in a folder (default: node_modules) and compares the hashes with those of
the last run, which are kept in .verify below the current folder. Run it once to record, and again to verify.

  --all    list every package, every finding and every scope, not only the first ones
  --help   show this

Symbolic links count as what they say, not as what they lead to. Dot folders of tools, such as .bin and .cache, are
left out; packages inside them are not.

Exit code
    0  all files were read, and none that was recorded has changed or gone; new files are fine
    1  files have changed, are missing, vanished during the run or cannot be read
    2  the arguments, the folder or the record are no good, or the run failed: nothing was recorded
  130  interrupted by Ctrl-C (143 by SIGTERM): says what was done and records nothing`

/** The arguments were no good. */
export class UsageError extends Error {}

/**
 * @param {readonly string[]} args
 * @returns {{ folder: string, all: boolean, help: boolean }}
 */
export function parseOptions(args) {
  const { values, positionals } = parse(args)
  if (positionals.length > 1) throw new UsageError(`Expected one folder, got ${positionals.length}`)
  const [folder = 'node_modules'] = positionals
  if (folder === '') throw new UsageError('The folder must not be empty')
  return { folder, all: values.all, help: values.help }
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { all: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
