/** The hooks as users have them: bundled with the package, typed, and rendered on a server. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import resolve from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { node, root, run } from '../.ci/run.mjs'

// Inside the package, so that its name resolves to itself.
const folder = join(root, 'build', 'react-consumers')
const entry = join(folder, 'main.js')
const versions = { 18: join(root, 'test-browser', 'react18', 'node_modules'), 19: join(root, 'node_modules') }

before(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    entry,
    `export { runtime, Scope, scope } from 'go-go-scope'\nexport { ScopeProvider, useScope, useTask } from 'go-go-scope/react'\n`,
  )
})

/** Each bundles the program for browsers, with React left outside. */
const bundlers = {
  esbuild: (file) =>
    esbuild({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      format: 'esm',
      external: ['react'],
      logLevel: 'error',
    }),
  async rollup(file) {
    const plugins = [resolve({ exportConditions: ['browser'] })]
    // It says of every 'use client' that it does not matter here.
    const bundle = await rollup({ input: entry, plugins, external: ['react'], onwarn() {} })
    await bundle.write({ file, format: 'es', inlineDynamicImports: true })
  },
  vite: (file) =>
    vite({
      root: folder,
      logLevel: 'error',
      configFile: false,
      build: {
        outDir: join(file, '..'),
        emptyOutDir: false,
        target: 'es2022',
        minify: false,
        lib: { entry, formats: ['es'], fileName: () => file.split('/').at(-1) },
        rollupOptions: { external: ['react'], output: { codeSplitting: false } },
      },
    }),
  async webpack(file) {
    const stats = await promisify(webpack)({
      mode: 'production',
      target: 'web',
      entry,
      experiments: { outputModule: true },
      externals: { react: 'module react' },
      externalsType: 'module',
      optimization: { minimize: false },
      output: { path: join(file, '..'), filename: file.split('/').at(-1), library: { type: 'module' } },
    })
    assert.equal(stats.hasErrors(), false, stats.toString())
  },
}

for (const [name, bundle] of Object.entries(bundlers))
  test(`${name} bundles the hooks and the package as one, for its host`, async () => {
    const file = join(folder, `${name}.mjs`)
    await bundle(file)
    const text = readFileSync(file, 'utf8')
    assert.equal(text.split('use scope(options) instead of new Scope()').length, 2, 'one Scope class')
    const bundled = await import(file)
    assert.equal(bundled.runtime, 'browser')
    assert.equal(typeof bundled.useTask, 'function')
  })

for (const [version, modules] of Object.entries(versions)) {
  test(`a server renders with React ${version}, starts nothing and ends`, async () => {
    const file = join(folder, `server-${version}.mjs`)
    await esbuild({
      entryPoints: [join(root, 'test-node', 'react', 'server.jsx')],
      outfile: file,
      alias: { react: join(modules, 'react'), 'react-dom': join(modules, 'react-dom') },
      bundle: true,
      platform: 'node',
      format: 'esm',
      jsx: 'automatic',
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
      logLevel: 'error',
    })
    const { code, output } = await run(node, [file], { env: { NODE_ENV: 'development' } })
    assert.equal(code, 0, output)
    assert.deepEqual(JSON.parse(output), { major: Number(version), html: 'pending,idle,open', started: 0, scopes: 1 })
  })

  test(`the hooks infer their types with those of React ${version}`, async () => {
    const types = join(modules, '@types', 'react')
    const config = join(folder, `tsconfig-${version}.json`)
    const compilerOptions = {
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      types: [],
      jsx: 'react-jsx',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      paths: { react: [types], 'react/jsx-runtime': [join(types, 'jsx-runtime')] },
    }
    const files = [join(root, 'test-node', 'react', 'types.tsx')]
    writeFileSync(config, JSON.stringify({ compilerOptions, files }))
    const { output } = await run('tsc', ['-p', config])
    assert.equal(output.trim(), '')
  })
}
