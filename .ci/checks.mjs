/** Builds the package, then checks all that can be checked without an engine of its own. */
import { pathToFileURL } from 'node:url'
import { nodeTestCounts, nodeTestDetails, printTable, summary } from './engines.mjs'
import { pack } from './pack.mjs'
import { node, run } from './run.mjs'

const one = (pattern, output) => Number(output.match(pattern)?.[1] ?? 0)

/** A command that only passes or fails counts as one test. */
const passOrFail = (_output, code) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

/** Each entry is `[name, command, counts?, details?]`. */
function checks(tarball) {
  return [
    ['types', ['tsc', '-b']],
    ['lint', ['biome', 'lint', '--error-on-warnings', '--reporter=summary']],
    ['unused code', ['knip', '--no-config-hints']],
    ['publint', ['publint', tarball, '--strict']],
    ['attw', ['attw', tarball, '--profile', 'esm-only']],
    [
      'package',
      [node, '--test', '--test-timeout=300000', '--test-reporter=spec', 'test-node/*.test.mjs'],
      nodeTestCounts,
      nodeTestDetails,
    ],
    [
      'unit',
      [node, 'node_modules/vitest/vitest.mjs', 'run', '--coverage'],
      (output) => ({ passed: one(/^\s*Tests .*?(\d+) passed/m, output), failed: one(/^\s*Tests .*?(\d+) failed/m, output) }),
    ],
  ]
}

async function check([name, [command, ...args], counts = passOrFail, details = (output) => output]) {
  const start = performance.now()
  const { code, output } = await run(command, args)
  const found = counts(output, code)
  const failed = Math.max(found.failed, code !== 0 || found.passed === 0 ? 1 : 0)
  if (failed > 0) console.log(`\n✖ ${name}\n${details(output).trim().slice(0, 20_000)}\n`)
  return { name, version: '', passed: found.passed, failed, seconds: (performance.now() - start) / 1000 }
}

/** Runs all checks, or those named. */
export async function runChecks(names = []) {
  const { tarball } = await pack()
  const rows = []
  for (const entry of checks(tarball)) if (names.length === 0 || names.includes(entry[0])) rows.push(await check(entry))
  return rows
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { code } = await run(node, ['.ci/build.mjs'], { show: true })
  if (code !== 0) process.exit(1)
  const rows = await runChecks(process.argv.slice(2))
  printTable(rows)
  summary(rows)
}
