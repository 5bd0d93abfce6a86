/** Bundles the programs of the library's own workers into modules that hold their text, so that no bundler has to find them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { isProgram, root } from './run.mjs'

const programs = ['runtimes/generic/thread', 'runtimes/browser/worker']

/** The module for a program, as it should be. */
async function textOf(program) {
  const { outputFiles } = await build({
    entryPoints: [join(root, `${program}-main.ts`)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    footer: { js: '//# sourceURL=go-go-scope-worker.js' },
    tsconfigRaw: {},
  })
  const text = outputFiles[0].text.trim()
  const quoted = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  return `/** Made of ${program.split('/').at(-1)}-main.ts by the build. */\nexport const source: string =\n  ${quoted}\n`
}

/** The files that are not as they should be, by path. */
export async function staleSources() {
  const stale = new Map()
  for (const program of programs) {
    const file = join(root, `${program}-source.ts`)
    const text = await textOf(program)
    if ((await readFile(file, 'utf8').catch(() => '')) !== text) stale.set(file, text)
  }
  return stale
}

/** Makes them anew where something changed. */
export async function writeSources() {
  for (const [file, text] of await staleSources()) await writeFile(file, text)
}

if (isProgram(import.meta)) await writeSources()
