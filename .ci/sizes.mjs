/** What an import costs in a browser bundle, minified and gzipped; budgets stand in sizes.json. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './run.mjs'

/** Budgets in bytes, by the name imported. */
export const budgets = JSON.parse(await readFile(join(import.meta.dirname, 'sizes.json'), 'utf8'))

/** What is loaded on demand is not the price of the import. */
const onDemand = {
  name: 'on-demand',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    ),
}

/** Bytes of `import { name }` from the built package, or of an adapter without what it is built on; minified and gzipped. */
export function sizeOf(name) {
  const isAdapter = name.startsWith('go-go-scope/')
  const contents = isAdapter
    ? `export * from '${name.replace('go-go-scope', './dist')}.js'`
    : `export { ${name} } from 'go-go-scope'`
  return bundled({ contents, resolveDir: root }, isAdapter ? ['go-go-scope', 'react'] : [])
}

/** Bytes of a module with all it imports, but for what is external. */
export async function bundled(stdin, external = []) {
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser'],
    external: ['node:*', ...external],
    plugins: [onDemand],
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}

export async function printSizes() {
  for (const [name, budget] of Object.entries(budgets)) {
    const size = await sizeOf(name).catch(() => undefined)
    const cost = size === undefined ? 'not exported' : `${size} B min+gzip, budget ${budget} B`
    console.log(`import ${name.includes('/') ? `'${name}'` : `{ ${name} }`}: ${cost}`)
  }
}
