/** Runs the job in workerd, with its storage in a folder, and prints its lines. */
import { readFileSync, writeSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const [, , bundle, folder] = process.argv
const miniflare = new Miniflare({
  modules: true,
  script: readFileSync(bundle, 'utf8'),
  compatibilityDate: '2026-07-01',
  durableObjects: { STORE: { className: 'Store', useSQLite: true } },
  durableObjectsPersist: folder,
})
const response = await miniflare.dispatchFetch('http://job/')
for await (const chunk of response.body) writeSync(1, chunk)
