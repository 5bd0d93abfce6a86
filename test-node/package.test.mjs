/** Installs the packed package as a user would, then type-checks against it and runs it. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pack } from '../.ci/pack.mjs'
import { node, root, run } from '../.ci/run.mjs'

let folder
let files

before(async () => {
  const packed = await pack()
  files = packed.files
  folder = await mkdtemp(join(tmpdir(), 'consumer-'))
  await cp(join(root, 'test-node', 'consumer'), folder, { recursive: true })
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', packed.tarball]
  const { code, output } = await run('npm', install, { cwd: folder })
  assert.equal(code, 0, output)
})

after(() => rm(folder, { recursive: true, force: true }))

async function succeeds(command, ...args) {
  const { code, output } = await run(command, args, { cwd: folder })
  assert.equal(code, 0, output)
  return output
}

test('users download idb-keyval and nothing else', async () => {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))
  const packages = Object.keys(lock.packages).filter((path) => path !== '')
  assert.deepEqual(packages, ['node_modules/go-go-scope', 'node_modules/idb-keyval'])
  const manifest = JSON.parse(await readFile(join(folder, 'node_modules/go-go-scope/package.json'), 'utf8'))
  assert.deepEqual(Object.keys(manifest.dependencies), ['idb-keyval'])
  for (const field of ['optionalDependencies', 'bundleDependencies']) assert.equal(manifest[field], undefined, field)
  for (const peer of Object.keys(manifest.peerDependencies))
    assert.deepEqual(manifest.peerDependenciesMeta[peer], { optional: true }, peer)
})

test('the tarball has the build, its sources and no tests', () => {
  assert.ok(files.includes('dist/node.js') && files.includes('src/index.ts') && files.includes('LICENSE'))
  const others = /^(dist|src|runtimes)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  const unwanted = files.filter((file) => !others.test(file) || /conformance|tsbuildinfo|tsconfig/.test(file))
  assert.deepEqual(unwanted, [])
})

for (const [name, command] of [
  ['node', [node]],
  ['deno', ['deno', 'run', '--no-prompt']],
  ['bun', ['bun']],
])
  test(`the installed package runs in ${name}`, async () => {
    assert.equal((await succeeds(...command, 'main.mjs')).trim(), `${name} 42`)
  })

const typescripts = { 5.9: 'typescript5', 6: 'typescript6', 7: 'typescript' }
const nodenext = ['--module', 'nodenext']
const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler']
// Each declares abort signals in its own way, the first not at all.
const projects = {
  'no host types': nodenext,
  "Node's types": [...nodenext, '--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')],
  'DOM types, bundler': [...bundler, '--lib', 'es2022,dom'],
}

for (const [version, compiler] of Object.entries(typescripts))
  for (const [project, options] of Object.entries(projects))
    test(`declarations compile: TypeScript ${version}, ${project}`, async () => {
      await succeeds(node, join(root, 'node_modules', compiler, 'bin', 'tsc'), '-p', '.', ...options)
    })

test('declarations compile: Deno', async () => {
  await writeFile(join(folder, 'deno.json'), '{ "nodeModulesDir": "manual" }')
  await succeeds('deno', 'check', 'types.ts')
})
