/** Measures what pages say in figures, so that nobody types them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { budgets, bundled, sizeOf } from '../../.ci/sizes.mjs'

const root = join(import.meta.dirname, '..', '..')
const solutions = join(root, 'docs', 'examples', 'compare')

/** Each solution of the comparison, and the packages it is made of. */
const compared = {
  'go-go-scope': [],
  'p-queue': ['p-queue', 'p-retry', 'cockatiel'],
  effect: ['effect'],
  effection: ['effection'],
  rxjs: ['rxjs'],
}

const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

function linesOf(file) {
  const [, shown] = readFileSync(join(solutions, file), 'utf8').split(/^\/\/ #(?:end)?region.*\n/m)
  return shown.split('\n').filter((line) => line.trim() !== '').length
}

async function solution(name, packages) {
  const size = await bundled({ contents: `export * from './${name}.ts'`, resolveDir: solutions })
  const versions = packages.map((each) => `${each} ${versionOf(each)}`).join(', ')
  return { name, size, lines: linesOf(`${name}.ts`), versions }
}

/** Writes `build/docs-measured.json`, which pages import. */
export async function measure() {
  const sizes = []
  for (const name of Object.keys(budgets)) sizes.push({ name, size: await sizeOf(name) })
  const others = []
  for (const [name, packages] of Object.entries(compared)) others.push(await solution(name, packages))
  mkdirSync(join(root, 'build'), { recursive: true })
  writeFileSync(join(root, 'build', 'docs-measured.json'), JSON.stringify({ sizes, compared: others }))
}
