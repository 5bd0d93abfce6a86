/** Holds the built core to ECMAScript and the five globals it may take from its host. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { node, root, run } from '../.ci/run.mjs'

const chunks = ['core', 'provided', 'worker-pool']
const core = [...chunks.map((name) => `dist/chunks/${name}.js`), 'dist/testing.js']

test('the built core has no free names but those in src/globals.d.ts', async () => {
  const options = ['--noEmit', '--ignoreConfig', '--allowJs', '--checkJs', '--skipLibCheck', '--types', '']
  const target = ['--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023,esnext.disposable']
  const { output } = await run('tsc', [...options, ...target, 'src/globals.d.ts', ...core])
  // Plain JavaScript has many type errors; names that nobody declares are the ones that count.
  const unknown = output.split('\n').filter((line) => line.includes('Cannot find name'))
  assert.deepEqual(unknown, [])
  assert.doesNotMatch(output, /TS(5\d\d\d|6053)/, output)
})

test('the built core does not go around by globalThis', () => {
  const shipped = core.filter((file) => file !== 'dist/testing.js') // which is there to replace globals
  for (const file of shipped) assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /\bglobalThis\b/, file)
})

test('nothing but the symbols happens when an entry is imported', async () => {
  const entries = globSync('dist/*.js', { cwd: root, exclude: ['dist/testing-vitest.js'] }) // adds matchers, its purpose
  assert.ok(entries.length > 10, `${entries.length}`)
  for (const entry of entries) {
    const { code, output } = await run(node, ['test-node/import-effects.mjs', join(root, entry)])
    assert.equal(code, 0, `${entry}: ${output}`)
  }
})
