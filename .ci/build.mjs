/** Builds dist/ from the sources: tsc, rollup, declarations, and what the result weighs. */
import { copyDeclarations } from './declarations.mjs'
import { isProgram, run } from './run.mjs'
import { printSizes } from './sizes.mjs'
import { writeSources } from './worker-source.mjs'

/** Runs a command that all the rest depends on: if it fails, this is the end. */
async function need(command, ...args) {
  const { code, output } = await run(command, args)
  if (code === 0) return
  console.log(`✖ ${command} ${args.join(' ')}\n${output.trim()}\n\n0 passed, 1 failed`)
  process.exit(1)
}

export async function build() {
  await writeSources()
  await need('tsc', '-b', 'src', 'tsconfig.runtimes.json')
  await need('rollup', '--config', '--silent')
  await copyDeclarations()
  await printSizes()
}

/** Compiles the conformance suite twice: for the oldest engine, and with native `using` left in. */
export async function compileSuite() {
  await need('tsc', '-b', 'tsconfig.conformance.json', 'tsconfig.native.json')
}

if (isProgram(import.meta)) await build()
