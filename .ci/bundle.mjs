/** Bundles a program as those who deploy it would: for workerd, or for what other conditions say. */
import { build } from 'esbuild'

/** The script as text. */
export async function bundle(entry, conditions = ['workerd', 'worker', 'browser']) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:*', 'node:*'],
    conditions,
  })
  return outputFiles[0].text
}
