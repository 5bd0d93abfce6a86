/** Installs Debian's packages, for what the tests need and npm does not have. */
import { existsSync, readFileSync } from 'node:fs'
import { platform } from 'node:process'
import { run } from './run.mjs'

export function isDebian() {
  if (platform !== 'linux' || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/** Runs commands one after another, up to the first that fails; says what they are for, and what went wrong. */
export async function runSteps(what, steps) {
  if (steps.length > 0) console.log(`installing ${what}`)
  for (const [command, ...args] of steps) {
    const { code, output } = await run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
    if (code !== 0) return console.log(`${command} ${args.join(' ')} failed:\n${output.slice(-2000)}`)
  }
}

/** The commands that install packages. Another installation may hold the lock; waiting for it is quicker than failing. */
export function aptSteps(packages) {
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=600']
  return [
    ['apt-get', 'update', ...wait],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...wait, ...packages],
  ]
}
