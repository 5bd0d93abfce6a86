/** Finds the database servers that providers are tested against, and installs those that are missing. */
import { existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env, getuid } from 'node:process'
import { aptSteps, isDebian, runSteps } from './debian.mjs'
import { isProgram } from './run.mjs'

const debianPackages = { 'redis-server': 'redis-server', postgres: 'postgresql' }

/** Debian keeps PostgreSQL's programs off the PATH, one folder for each major version. */
function folders() {
  const newestFirst = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...newestFirst]
}

/** The path of a server's program, or undefined where it is not installed. */
export function findServer(program) {
  return folders()
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
}

/** Installs what is missing, where that can be done; says so, and what went wrong, but leaves it to the caller to mind. */
export async function installServers() {
  const missing = Object.keys(debianPackages).filter((program) => !findServer(program))
  if (missing.length === 0 || !isDebian() || getuid() !== 0) return
  const packages = missing.map((program) => debianPackages[program])
  await runSteps(`servers: ${packages.join(', ')}`, aptSteps(packages))
}

if (isProgram(import.meta)) {
  await installServers()
  for (const program of Object.keys(debianPackages)) console.log(`${program}: ${findServer(program) ?? 'missing'}`)
}
