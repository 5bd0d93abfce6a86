/**
 * The benchmarks: `npm run bench`, of some rows `npm run bench -- channel semaphore`.
 *
 * Each file of `rows` has a process of its own, in which its ways are measured in turn. The figures are written to
 * build/bench/node.json and drawn in build/bench/node.svg; `--save` writes them to bench/results/node.json too, which the docs
 * draw. `--rounds 1` is for a look, `--rows FILE` for rows of one's own, `--out FILE` puts the figures elsewhere.
 */
import { fork } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { node, root } from '../.ci/run.mjs'
import { plot } from './plot.mjs'
import { saved } from './reading.mjs'
import { printTable } from './table.mjs'

const here = import.meta.dirname
const { values, positionals: words } = parseArgs({
  options: {
    rounds: { type: 'string', default: '' },
    rows: { type: 'string', multiple: true },
    out: { type: 'string', default: join(root, 'build', 'bench', 'node.json') },
    save: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.rounds !== '' && !(Number(values.rounds) >= 1))
  throw new RangeError(`--rounds ${values.rounds} is no number of rounds`)
if (values.save && (words.length > 0 || values.rounds !== '' || values.rows))
  throw new Error('--save needs all rows and rounds')

/**
 * Megabytes before the old generation is collected for the first time. Such a collection throws away the hidden classes that no
 * object has just then, and the code optimized for them: between two rounds no scope and no fiber is alive, in a program some are.
 */
const oldSpace = 1_024

/** A large young generation, for rows that count what is allocated. */
const flags = { 'allocated.mjs': ['--min-semi-space-size=128', '--max-semi-space-size=128'] }

async function files() {
  if (values.rows) return values.rows.map((file) => resolve(file))
  return (await readdir(join(here, 'rows'))).sort().map((file) => join(here, 'rows', file))
}

/** Runs a file, telling of each step. */
function measure(file, onProgress) {
  const { promise, resolve: done, reject } = Promise.withResolvers()
  const execArgv = ['--expose-gc', `--initial-old-space-size=${oldSpace}`, ...(flags[basename(file)] ?? [])]
  const child = fork(join(here, 'row.mjs'), [file, values.rounds, ...words], { execPath: node, execArgv })
  const rows = []
  child.on('message', ({ row, ...progress }) => (row === undefined ? onProgress(progress) : rows.push(row)))
  child.on('error', reject)
  child.on('exit', (code) => (code === 0 ? done(rows) : reject(new Error(`${file} ended with exit code ${code}`))))
  return promise
}

async function measureAll(all) {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {percentage}% | {name}', hideCursor: true, clearOnComplete: true })
    : undefined
  bar?.start(all.length, 0, { name: '' })
  try {
    const rows = []
    for (const [at, file] of all.entries()) {
      rows.push(...(await measure(file, ({ progress, name }) => bar?.update(at + progress, { name }))))
    }
    return rows
  } finally {
    bar?.stop()
  }
}

async function write(file, text) {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

const rows = await measureAll(await files())
if (rows.length === 0) throw new Error(`No row is called ${words.join(' or ')}`)
const version = process.versions.node
const results = { node: version, date: new Date().toISOString().slice(0, 10), cpu: cpus()[0]?.model ?? 'unknown', rows }
printTable(results)
const json = `${JSON.stringify(results, null, 2)}\n`
await write(values.out, json)
await write(values.out.replace(/(\.json)?$/, '.svg'), plot(results))
if (values.save) await write(join(saved, 'node.json'), json)
