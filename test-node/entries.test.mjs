/** Checks that all entries are one package: same names, one Scope, the right entry for each host, the polyfill first. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { root } from '../.ci/run.mjs'

const hosts = ['generic', 'browser', 'node', 'deno', 'bun', 'workerd']
const load = (name) => import(`../dist/${name}.js`)

async function bundle(contents, options) {
  return build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'silent',
    ...options,
  })
}

test('every runtime exports the same names', async () => {
  const expected = Object.keys(await load('generic'))
  assert.ok(expected.includes('scope'))
  for (const host of hosts) assert.deepEqual(Object.keys(await load(host)), expected, host)
})

test('every runtime says which one it is', async () => {
  for (const host of hosts) assert.equal((await load(host)).runtime, host)
  assert.equal((await load('core')).runtime, 'generic')
})

test('one Scope class exists, whatever entries are mixed', async () => {
  const { Scope } = await load('generic')
  for (const host of [...hosts, 'core']) assert.equal((await load(host)).Scope, Scope, host)
})

test('export conditions choose the entry', async () => {
  const cases = [
    ['workerd', ['workerd', 'worker', 'browser'], 'neutral'],
    ['workerd', ['workerd', 'node'], 'node'],
    ['deno', ['deno', 'node'], 'neutral'],
    ['bun', ['bun', 'node'], 'neutral'],
    ['node', [], 'node'],
    ['browser', [], 'browser'],
    ['generic', [], 'neutral'],
  ]
  for (const [expected, conditions, platform] of cases) {
    const { metafile } = await bundle(`export { scope } from 'go-go-scope'`, { conditions, platform })
    const inputs = Object.keys(metafile.inputs)
    assert.ok(inputs.includes(`dist/${expected}.js`), `${conditions} ${platform}: ${inputs}`)
  }
})

test('every subpath of the manifest resolves to files that exist', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const targets = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)))
  for (const file of targets) assert.equal(globSync(file, { cwd: root }).length, 1, file)
})

test('the symbols come first in every entry and survive tree shaking', async () => {
  for (const file of globSync('dist/*.js', { cwd: root })) {
    const [first] = readFileSync(join(root, file), 'utf8').replace(/^'use client';\n/, '').split('\n')
    assert.equal(first, `import './chunks/symbols.js';`, file)
  }
  for (const platform of ['browser', 'neutral']) {
    const { outputFiles } = await bundle(`export { isCancelled } from 'go-go-scope'`, { platform })
    assert.match(outputFiles[0].text, /Symbol\.for\(/)
  }
})

test('the helpers of a compiled await using stand in one place', () => {
  const files = globSync('dist/**/*.js', { cwd: root })
  for (const helper of ['__addDisposableResource', '__disposeResources']) {
    const definitions = files.filter((file) => readFileSync(join(root, file), 'utf8').includes(`function ${helper}`))
    assert.ok(definitions.length <= 1, `${helper} in ${definitions}`)
  }
})

test('browser and workerd bundles name nothing of another host', async () => {
  for (const host of ['browser', 'workerd']) {
    const { outputFiles } = await bundle(`export * from 'go-go-scope/${host}'`, { platform: 'neutral', minify: true })
    assert.doesNotMatch(outputFiles[0].text, /\bnode:|\bprocess\.|\bDeno\.|\bBun\.|\beval\(|new Function/, host)
  }
})

test('providers of servers name nothing of any host, nor of their clients', async () => {
  for (const entry of ['redis', 'postgres']) {
    const { outputFiles } = await bundle(`export * from 'go-go-scope/${entry}'`, { platform: 'neutral', minify: true })
    assert.doesNotMatch(outputFiles[0].text, /\bnode:|\bprocess\.|\bDeno\.|\bBun\.|\bimport\b|new Function/, entry)
  }
})

test('an import loads no part that waits for its first use', () => {
  const imports = (file) =>
    readFileSync(join(root, 'dist', file), 'utf8').matchAll(/^(?:import|export).*'(\.[^']+)';$/gm)
  for (const host of ['node', 'browser', 'workerd', 'generic']) {
    const loaded = new Set([`${host}.js`])
    for (const file of loaded) {
      for (const [, path] of imports(file)) loaded.add(normalize(join(dirname(file), path)))
    }
    assert.ok(loaded.has('chunks/core.js'), host)
    for (const late of ['provided', 'worker-pool', 'worker-threads', 'web-workers', 'timeline'])
      assert.ok(!loaded.has(`chunks/${late}.js`), `${host} loads ${late}`)
  }
})

test('every file is of ASCII characters, of which engines keep one byte each', () => {
  for (const file of globSync('dist/**/*.js', { cwd: root }))
    assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /[^\0-\x7f]/, file)
})

test('source maps lead to the sources', () => {
  const maps = globSync('dist/**/*.map', { cwd: root })
  assert.ok(maps.length > 10)
  for (const map of maps)
    for (const source of JSON.parse(readFileSync(join(root, map), 'utf8')).sources) {
      if (source.includes('node_modules')) continue
      assert.match(source, /^(\.\.\/)+(src|runtimes)\//, map)
      assert.equal(globSync(join(map, '..', source), { cwd: root }).length, 1, `${map}: ${source}`)
    }
})

test('whatever is disposable imports the symbols itself, so that a bundler which splits code runs them first', () => {
  const files = globSync('dist/{,chunks/}*.js', { cwd: root }).filter((file) => !file.endsWith('symbols.js'))
  const texts = files.map((file) => [file, readFileSync(join(root, file), 'utf8')])
  const disposable = texts.filter(([, text]) => /\[Symbol\.(asyncD|d)ispose\]/.test(text))
  assert.ok(disposable.length > 2)
  for (const [file, text] of disposable) assert.match(text, /^import '\.\/(chunks\/)?symbols\.js';$/m, file)
})
