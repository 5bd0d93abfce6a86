/** `npm run docs`: builds the package and the site, and serves it; `npm run docs dev` goes on as pages change. */
import { join } from 'node:path'
import { build, createServer, serve } from 'vitepress'
import { build as buildPackage } from '../../.ci/build.mjs'
import { writeBenchmarks } from './benchmarks.mjs'
import { measure } from './measure.mjs'
import { writeReference } from './typedoc.mjs'
import { visit } from './visit.mjs'

const docs = join(import.meta.dirname, '..')
const port = Number(process.env.PORT ?? 4173)
const [mode = 'serve'] = process.argv.slice(2)

if (mode !== 'check') await buildPackage()
await writeReference()
await measure()
await writeBenchmarks()

if (mode === 'dev') {
  const server = await createServer(docs, { port })
  await server.listen()
  server.printUrls()
} else {
  // Fails on a link that leads nowhere.
  await build(docs)
  if (mode === 'serve') await serve({ root: docs, port })
  else await visit(4199)
}
