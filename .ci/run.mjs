/** Runs a command in the package's folder, with its tools first on the PATH. */
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules', '.bin')

/** The pinned Node where its package could be installed, else the one that runs this. */
export const node = existsSync(join(bin, 'node')) ? join(bin, 'node') : process.execPath

/** Whether a module is the program; `import.meta.main` would need Node 24. */
export const isProgram = ({ filename }) => realpathSync(process.argv[1]) === filename

/** Whether the long versions of the tests run. */
export const long = process.env.TEST_LONG === '1'

/** Milliseconds that one test may take: generous, since machines are noisy and virtual time takes none. */
export const testTimeout = long ? 600_000 : 10_000

/**
 * Resolves to `{ code, output }`, never rejects.
 * @param {{ env?: Record<string, string>, cwd?: string, timeout?: number }} options
 */
export function run(command, args, { env = {}, cwd = root, timeout = 600_000 } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      timeout,
      env: { ...process.env, PATH: bin + delimiter + process.env.PATH, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => done({ code: 127, output: error.message }))
    child.on('close', (code, signal) => {
      if (signal) output += `\nended by ${signal}, after at most ${timeout / 1000} s\n`
      // Some tools move the cursor even when nobody watches.
      done({ code: code ?? 1, output: stripVTControlCharacters(output) })
    })
  })
}
