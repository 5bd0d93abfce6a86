/** Compiles every example of README and of the doc comments, and runs those of README. */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { transform } from 'esbuild'
import { node, root, run } from '../.ci/run.mjs'

const folder = join(root, 'build', 'examples')
const fence = /```(tsx?)\n([\s\S]*?)```/g

/** The code between fences; in a comment, without its stars. */
function blocksOf(file) {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/^ *\* ?/gm, file.endsWith('.ts') ? '' : '$&')
  const name = file.replaceAll(/[/.]/g, '-')
  return [...text.matchAll(fence)].map(([, language, code], at) => ({ name: `${name}-${at + 1}`, language, code }))
}

const files = [
  'README.md',
  ...globSync(['src/**/*.ts', 'runtimes/{generic,node,store,react,redis,postgres,inspector,hono}/**/*.ts'], { cwd: root }),
]
const blocks = files.flatMap(blocksOf)

/** What the examples take for granted; the rest they say themselves. */
const ambient = readFileSync(join(import.meta.dirname, 'examples.d.ts'), 'utf8')

test('there are examples', () => assert.ok(blocks.length > 20, `${blocks.length}`))

test('every example compiles', async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'ambient.d.ts'), ambient)
  const names = Object.keys(await import('go-go-scope')).join(', ')
  const tools = Object.keys(await import('go-go-scope/testing')).join(', ')
  const hooks = Object.keys(await import('go-go-scope/react')).join(', ')
  for (const { name, language, code } of blocks) {
    const react = language === 'tsx' ? `import { ${hooks} } from 'go-go-scope/react'\n` : ''
    const prelude = code.includes("from 'go-go-scope'")
      ? ''
      : `import { type RunContext, type WorkerContext, ${names} } from 'go-go-scope'\n`
    const testing =
      !code.includes("from 'go-go-scope/testing'") &&
      /\b(virtualTime|preload|explore|matchers|sequencer|trackSignal|assertNothingLeft|random|\w+ProviderSuite)\b/.test(
        code,
      )
    const more = testing ? `import { ${tools} } from 'go-go-scope/testing'\n` : ''
    const inspector = /\b(inspect|defineScopeInspector)\(/.test(code)
    const look = inspector ? `import { defineScopeInspector, inspect } from 'go-go-scope/inspector'\n` : ''
    writeFileSync(join(folder, `${name}.${language}`), `${prelude}${more}${react}${look}${code}\nexport {}\n`)
  }
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--types', 'node', '--jsx', 'react-jsx']
  const target = ['--target', 'esnext', '--module', 'nodenext', '--lib', 'esnext,dom,dom.iterable']
  const { output } = await run('tsc', [...options, ...target, ...globSync(join(folder, '*.{ts,tsx}'))])
  assert.equal(output.trim(), '')
})

test('the examples of README run', async () => {
  const provided = `globalThis.load = async (path) => path\n`
  for (const { name, code } of blocksOf('README.md')) {
    const file = join(folder, `${name}.mjs`)
    // Node 20 and 22 do not parse `await using`.
    writeFileSync(file, provided + (await transform(code, { loader: 'ts', target: 'es2022' })).code)
    const { code: exit, output } = await run(node, [file])
    assert.equal(exit, 0, output)
    assert.equal(output.trim(), '/user?try=1')
  }
})
