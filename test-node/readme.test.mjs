/** Holds the front page to what it says: sizes, runtimes, commands, links. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { measuredSizes, part, rounded, runtimes, speed, step } from '../.ci/front-page.mjs'
import { root } from '../.ci/run.mjs'

const text = (file) => readFileSync(join(root, file), 'utf8')
const readme = text('README.md')
const hint = 'run: npm run readme'

test('the sizes are those measured, but for their rounding', async () => {
  const rows = [...part(readme, 'sizes').matchAll(/^\| `(\w+)` \| ([\d.]+) kB \|$/gm)]
  const said = new Map(rows.map(([, name, size]) => [name, Number(size)]))
  const measured = await measuredSizes()
  assert.deepEqual([...said.keys()], [...measured.keys()], hint)
  for (const [name, bytes] of measured) {
    const off = Math.abs(said.get(name) - bytes / 1000)
    assert.ok(off <= step, `${name} is ${rounded(bytes)} kB, README says ${said.get(name)} kB; ${hint}`)
  }
})

test('what it says of speed is what the saved results say', async () => {
  assert.equal(part(readme, 'speed'), await speed(), hint)
})

test('the runtimes are the engines of the gate', async () => {
  assert.equal(part(readme, 'runtimes'), await runtimes(), hint)
})

test('its example has twelve lines at most', () => {
  const [, example] = readme.match(/```ts\n([\s\S]*?)```/)
  assert.ok(example.trim().split('\n').length <= 12, example)
})

test('the commands it names exist', () => {
  const { scripts } = JSON.parse(text('package.json'))
  for (const [, name] of readme.matchAll(/`npm run ([\w:]+)/g)) assert.ok(name in scripts, `npm run ${name}`)
})

test('the files that a package should have are there, and short where they should be', () => {
  for (const file of ['CHANGELOG.md', 'LICENSE', 'SECURITY.md']) assert.ok(existsSync(join(root, file)), file)
  assert.ok(text('CONTRIBUTING.md').trim().split('\n').length <= 12, 'CONTRIBUTING in ten lines')
  for (const [, target] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
    assert.ok(existsSync(join(root, target)), target)
})
