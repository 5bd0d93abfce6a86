/** Copies tsc's declarations of everything shipped into dist/types. */
import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root } from './run.mjs'

/** Their source maps lie one folder deeper than tsc believes. */
function deeper(map) {
  return JSON.stringify({ ...map, sources: map.sources.map((source) => `../${source}`) })
}

export async function copyDeclarations() {
  const types = join(root, 'dist', 'types')
  const wanted = new Set()
  // Sources are listed rather than build/, which may hold declarations of deleted ones.
  for await (const source of glob(['src/**/*.ts', 'runtimes/**/*.ts'], { cwd: root })) {
    if (source.endsWith('.d.ts') || source.startsWith('runtimes/conformance')) continue
    const file = source.replace(/\.ts$/, '.d.ts')
    const text = await readFile(join(root, 'build', file), 'utf8')
    const map = JSON.parse(await readFile(join(root, 'build', `${file}.map`), 'utf8'))
    await mkdir(dirname(join(types, file)), { recursive: true })
    await writeFile(join(types, file), text)
    await writeFile(join(types, `${file}.map`), deeper(map))
    wanted.add(file).add(`${file}.map`)
  }
  for await (const file of glob('**/*.{ts,map}', { cwd: types })) if (!wanted.has(file)) await rm(join(types, file))
}
