/** Shows what each row costs in counted work, beside its budget; `--update` makes what was counted the budget. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { isProgram, node, root, run } from '../../.ci/run.mjs'

const file = join(import.meta.dirname, 'budgets.json')
const budgets = JSON.parse(await readFile(file, 'utf8'))
const flags = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug']
// Large enough that nothing is collected while bytes are counted.
const room = ['--min-semi-space-size=256', '--max-semi-space-size=256']
const kinds = ['promises', 'turns', 'timers', 'listeners', 'signals', 'bytes']

/** How much more than its budget a row may cost, before that is a regression. */
export const slack = 1.1

/** What was counted, by row; with names, of those rows only. */
export async function countWork(names = []) {
  const { code, output } = await run(node, [...flags, ...room, join(root, 'bench', 'work', 'count.mjs'), ...names])
  if (code !== 0) throw new Error(output)
  return JSON.parse(output)
}

/** Says of each row that costs more than it may what that is. */
export function regressions(counted) {
  return Object.entries(counted).flatMap(([name, figures]) =>
    kinds
      .filter((kind) => figures[kind] > (budgets[name]?.[kind] ?? Number.NaN) * slack || budgets[name] === undefined)
      .map((kind) => `${name}: ${figures[kind]} ${kind}, budget ${budgets[name]?.[kind]}`),
  )
}

function print(counted) {
  const table = new Table({
    head: ['one of', ...kinds],
    style: { head: [], border: [] },
    colAligns: ['left', ...kinds.map(() => 'right')],
  })
  for (const [name, figures] of Object.entries(counted)) {
    const shown = kinds.map((kind) => {
      const budget = budgets[name]?.[kind]
      return figures[kind] === budget ? `${figures[kind]}` : `${figures[kind]} (${budget})`
    })
    table.push([name, ...shown])
  }
  console.log(`${table}\n\nin brackets: the budget, where it differs; npm run work -- --update takes the new figures`)
}

if (isProgram(import.meta)) {
  const { values, positionals } = parseArgs({ options: { update: { type: 'boolean' } }, allowPositionals: true })
  const counted = await countWork(positionals)
  print(counted)
  if (values.update) await writeFile(file, `${JSON.stringify({ ...budgets, ...counted }, null, 2)}\n`)
  else {
    const worse = regressions(counted)
    for (const line of worse) console.log(`✖ ${line}`)
    if (worse.length > 0) process.exitCode = 1
  }
}
