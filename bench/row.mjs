/** Measures the rows of one file, in the process that `index.mjs` starts for it, and hands them over one by one. */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { measureRow } from './measure.mjs'

const [file, wantedRounds, ...words] = process.argv.slice(2)
const { rows: all, end } = await import(file)

/** At least nine rounds, or as many as were asked for: then without any before them to warm up. */
const roundsOf = ({ rounds = 15, warmUp = 2 }) =>
  wantedRounds === '' ? { rounds, warmUp } : { rounds: Number(wantedRounds), warmUp: 0 }

/** The version of the package that a way is named after. */
function versionOf(who) {
  if (who.includes(' ')) return undefined
  try {
    return JSON.parse(readFileSync(findPackageJSON(who.toLowerCase(), import.meta.url), 'utf8')).version
  } catch {
    return undefined
  }
}

const rows = all
  .filter(({ id }) => words.length === 0 || words.some((word) => id.includes(word)))
  .map((row) => ({ unit: 'ns', ...row, ...roundsOf(row) }))
const total = rows.reduce((sum, { rounds, warmUp }) => sum + rounds + warmUp, 0)
let done = 0
for (const row of rows) {
  process.send({ progress: done / total, name: row.name })
  const onRound = () => process.send({ progress: ++done / total, name: row.name })
  process.send({ row: await measureRow(row, onRound, versionOf) })
}
await end?.()
process.disconnect()
