/** Bundles the Worker, and the page with what it loads. */
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const live = join(import.meta.dirname, '..')
const common = /** @type {const} */ ({ bundle: true, format: 'esm', logLevel: 'warning' })

/**
 * The Worker's script; its table of cities is a module of its own.
 * @returns {Promise<string>}
 */
export async function bundleWorker() {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(live, 'worker', 'main.ts')],
    write: false,
    target: 'esnext',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*', './cities.txt'],
  })
  return outputFiles[0].text
}

/**
 * Makes the folder of what the page is made of.
 * @param {string} folder
 */
export async function bundlePage(folder) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await build({
    ...common,
    entryPoints: [join(live, 'page', 'main.ts'), join(live, 'page', 'ranking-worker.ts')],
    outdir: folder,
    splitting: true,
    sourcemap: true,
    target: 'es2022', // Safari does not parse `await using` yet
    conditions: ['browser'],
  })
  for (const file of ['index.html', 'style.css', 'icon.svg']) await cp(join(live, 'page', file), join(folder, file))
}
