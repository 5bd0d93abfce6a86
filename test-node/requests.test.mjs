/** Requests of one Worker that wait for one another: workerd lets none of them wake another, and ends one that only waits. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

async function withWorker(compatibilityDate, fn) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'requests', 'worker.mjs')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    external: ['node:*'],
    conditions: ['workerd', 'worker', 'browser'],
  })
  const miniflare = new Miniflare({ modules: true, script: outputFiles[0].text, compatibilityDate })
  const ask = async (path) => (await miniflare.dispatchFetch(`http://worker/${path}`)).json()
  try {
    await fn(ask)
  } finally {
    await miniflare.dispose()
  }
}

for (const date of ['2024-01-01', '2026-08-04']) {
  test(`requests get a lock one after another (${date})`, () =>
    withWorker(date, async (ask) => {
      const answers = await Promise.all(['lock', 'lock', 'lock'].map(ask))
      const last = answers.sort((a, b) => a.length - b.length).at(-1)
      assert.deepEqual(last, ['in', 'out', 'in', 'out', 'in', 'out'])
    }))

  test(`requests with one idempotency key share one run (${date})`, () =>
    withWorker(date, async (ask) => {
      assert.deepEqual(await Promise.all(['once', 'once', 'once'].map(ask)), [1, 1, 1])
    }))
}
