/** Builds dist/ from the sources: tsc, rollup, declarations, and what the result weighs. */
import { copyDeclarations } from './declarations.mjs'
import { run } from './run.mjs'
import { printSizes } from './sizes.mjs'

async function step(command, ...args) {
  const { code, output } = await run(command, args)
  if (code === 0) return
  console.error(`${command} ${args.join(' ')} failed:\n${output}`)
  process.exit(1)
}

await step('tsc', '-b', 'src', 'tsconfig.runtimes.json')
await step('rollup', '--config', '--silent')
await copyDeclarations()
await printSizes()
