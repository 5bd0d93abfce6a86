/** The time that an import takes in Node, each in a fresh process. */
import { join } from 'node:path'
import { node, run } from '../../.ci/run.mjs'
import { aboveBare } from '../goals.mjs'

const program = join(import.meta.dirname, '..', 'import-time.mjs')
const nothing = 'data:text/javascript,'

async function milliseconds(addresses) {
  const { code, output } = await run(node, [program, ...addresses])
  if (code !== 0) throw new Error(output)
  return Number(output)
}

export const rows = [
  {
    id: 'import',
    name: 'the import of the package in Node',
    what: 'the first import in a fresh process, from a warm disk; bare is an empty module',
    goal: aboveBare(5, 'ms'),
    unit: 'ms',
    each: 1,
    rounds: 11,
    warmUp: 1,
    ways: {
      bare: [nothing],
      'go-go-scope': ['go-go-scope'],
      Effect: ['effect'],
      effection: ['effection'],
      'p-queue + p-retry + cockatiel + es-toolkit': ['p-queue', 'p-retry', 'cockatiel', 'es-toolkit'],
    },
    measure: milliseconds,
  },
]
