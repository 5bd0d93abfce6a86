/** Holds the sources to the one dependency rule: imports go down, never up and never sideways. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript5'

const root = join(import.meta.dirname, '..')

// The seam of the host lies below everything; the index lies above.
const ranks = [
  ['runtime.ts'],
  ['base'],
  ['lifetime'],
  ['sync', 'persist'],
  ['policy', 'rate', 'worker'],
  ['task'],
  ['scope'],
  ['index.ts'],
]

const sources = globSync('{src,runtimes}/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.d.ts') && !file.startsWith('runtimes/conformance'),
)

/** All import specifiers of a file: static, dynamic, of types and of re-exports. */
function imports(file) {
  const text = readFileSync(join(root, file), 'utf8')
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}

const isRelative = (specifier) => specifier.startsWith('.')
const target = (file, specifier) => normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts')
const folder = (file) => relative('src', file).split('/')[0]
const rank = (part) => ranks.findIndex((row) => row.includes(part))

function mayImport(from, to) {
  if (from === to) return true
  if (from === 'testing') return to === 'base' || to === 'runtime.ts'
  return rank(to) < rank(from) && rank(to) >= 0
}

test('the sources are there to be checked', () => assert.ok(sources.length > 10, `only ${sources.length} files`))

test('every folder of src has a rank', () => {
  const unknown = sources.filter(
    (file) => file.startsWith('src/') && folder(file) !== 'testing' && rank(folder(file)) < 0,
  )
  assert.deepEqual(unknown, [])
})

test('src imports downwards only, and nothing from outside', () => {
  const wrong = []
  for (const file of sources.filter((name) => name.startsWith('src/')))
    for (const specifier of imports(file)) {
      const to = target(file, specifier)
      const fine = isRelative(specifier) && to.startsWith('src/') && mayImport(folder(file), folder(to))
      if (!fine) wrong.push(`${file} imports ${specifier}`)
    }
  assert.deepEqual(wrong, [])
})

/** Built for users of the package, as its users would: on the public entry only. */
const adapters = /^runtimes\/react\//

test('runtimes import src, one another and what their host or the manifest has', () => {
  const { name, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const packages = [name, ...Object.keys({ ...dependencies, ...peerDependencies })]
  const known = (specifier) => /^(node|cloudflare):/.test(specifier) || packages.includes(specifier)
  const wrong = []
  for (const file of sources.filter((name) => name.startsWith('runtimes/') && !adapters.test(name)))
    for (const specifier of imports(file)) {
      const to = target(file, specifier)
      const inside = /^(src|runtimes)\//.test(to) && !to.startsWith('runtimes/conformance')
      if (!(isRelative(specifier) ? inside : known(specifier))) wrong.push(`${file} imports ${specifier}`)
    }
  assert.deepEqual(wrong, [])
})

test('the hooks import React, the public entry and one another', () => {
  const wrong = []
  for (const file of sources.filter((name) => adapters.test(name)))
    for (const specifier of imports(file)) {
      const inside = adapters.test(target(file, specifier)) || specifier === '../symbols.js'
      if (!(isRelative(specifier) ? inside : /^(react|go-go-scope)$/.test(specifier)))
        wrong.push(`${file} imports ${specifier}`)
    }
  assert.deepEqual(wrong, [])
})
