/** One row for each part of the gate: a command run, its counts read, its failures shown. */
import { long, run } from './run.mjs'

/** What every part prints at its end, unless it says so in its own way. */
const lastLine = /^(\d+) passed, (\d+) failed$/m

/**
 * Makes a reader of counts from two patterns, each with one group.
 * @returns {(output: string) => { passed: number, failed: number }}
 */
export function counter(passed, failed) {
  const number = (output, pattern) => Number(output.match(pattern)?.[1] ?? 0)
  return (output) => ({ passed: number(output, passed), failed: number(output, failed) })
}

const nodeCounts = counter(/^ℹ pass (\d+)$/m, /^ℹ fail (\d+)$/m)
const nodeCancelled = counter(/^ℹ pass (\d+)$/m, /^ℹ cancelled (\d+)$/m)

/** How `node --test` reports: what timed out counts as cancelled; the end repeats each failure, and in full. */
export const nodeTest = {
  counts: (output) => ({ ...nodeCounts(output), failed: nodeCounts(output).failed + nodeCancelled(output).failed }),
  details: (output) => output.split('✖ failing tests:').at(-1),
}

/** A command that only passes or fails counts as one test. */
export const passOrFail = (_output, code) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

function ownLine(output) {
  const [, passed = 0, failed = 0] = output.match(lastLine) ?? []
  return { passed: Number(passed), failed: Number(failed) }
}

/** What is not there is skipped with its reason, but in CI it fails. */
function missingRow({ name, missing }) {
  const failed = process.env.CI === 'true' ? 1 : 0
  console.log(`${failed ? '✖ missing' : '- skipped'} ${name}: ${missing}`)
  return { name, version: 'missing', passed: 0, failed, seconds: 0 }
}

/** Runs one part; a command that fails, or that ran nothing, counts as at least one failure. */
export async function runPart(part) {
  if (part.missing) return missingRow(part)
  const { name, counts = ownLine, details = (output) => output, version = () => '' } = part
  const [command, ...args] = part.command
  const start = performance.now()
  const { code, output } = await run(command, args, { env: part.env, timeout: long ? 7_200_000 : 300_000 })
  const seconds = (performance.now() - start) / 1000
  const found = counts(output, code)
  const failed = Math.max(found.failed, code !== 0 || found.passed === 0 ? 1 : 0)
  if (failed > 0) console.log(`\n✖ ${name}\n${details(output).trim().slice(0, 20_000)}\n`)
  else console.log(`✔ ${name}: ${found.passed} passed (${seconds.toFixed(1)} s)`)
  return { name, version: await version(output), passed: found.passed, failed, seconds }
}

/** Runs all parts, or those whose name contains one of the words, one after another; what only takes long runs beside them. */
export async function runParts(parts, words = []) {
  const wanted = parts.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  if (wanted.length === 0)
    console.log(`nothing here is called ${words.join(' or ')}, only: ${parts.map(({ name }) => name).join(', ')}`)
  const beside = wanted.filter(({ background }) => background).map(runPart)
  const rows = []
  for (const part of wanted.filter(({ background }) => !background)) rows.push(await runPart(part))
  return [...rows, ...(await Promise.all(beside))]
}

function printTable(rows) {
  const cells = [
    ['engine', 'version', 'passed', 'failed', 'seconds'],
    ...rows.map(({ name, version, passed, failed, seconds }) => [name, version, passed, failed, seconds.toFixed(1)]),
  ].map((row) => row.map(String))
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  console.log(`\n${cells.map(line).join('\n')}`)
}

/** Prints the table and the last line; the exit code is 1 unless something passed and nothing failed. */
export function conclude(rows) {
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0)
  if (rows.length > 1) printTable(rows)
  console.log(`\n${total('passed')} passed, ${total('failed')} failed`)
  process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0
}
