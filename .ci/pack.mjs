/** Packs the built package as npm would publish it. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { root, run } from './run.mjs'

/** The tarball's path and the files in it. */
export async function pack() {
  const folder = join(root, 'build', 'pack')
  await mkdir(folder, { recursive: true })
  const { code, output } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`)
  const [{ filename, files }] = JSON.parse(output.slice(output.indexOf('[\n')))
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) }
}
