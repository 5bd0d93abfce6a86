/** All that is checked outside the engines: types, style, the package as it is shipped, units with their coverage. */
import { build } from './build.mjs'
import { pack } from './pack.mjs'
import { conclude, counter, nodeTest, passOrFail, runParts } from './report.mjs'
import { isProgram, long, node } from './run.mjs'

/** Tests that need the built package and no engine of their own. */
function nodeTests(name, files) {
  const limit = `--test-timeout=${long ? 1_800_000 : 300_000}`
  return { name, command: [node, '--test', limit, '--test-reporter=spec', files], ...nodeTest }
}

/** Every check of the built package. */
export async function checks() {
  const { tarball } = await pack()
  return [
    { name: 'types', command: ['tsc', '-b'], counts: passOrFail },
    { name: 'lint', command: ['biome', 'lint', '--error-on-warnings'], counts: passOrFail },
    { name: 'unused code', command: ['knip', '--no-config-hints'], counts: passOrFail },
    { name: 'publint', command: ['publint', tarball, '--strict'], counts: passOrFail },
    // Links that lead nowhere fail it; its examples are tests of the package.
    { name: 'docs', command: [node, 'docs/.vitepress/site.mjs', 'check'], counts: passOrFail },
    { name: 'attw', command: ['attw', tarball, '--profile', 'esm-only'], counts: passOrFail },
    nodeTests('package', 'test-node/*.test.mjs'),
    nodeTests('worker', 'test-edge/*.test.mjs'),
    nodeTests('script', 'test-node/script/*.test.mjs'),
    {
      name: 'soak',
      command: [node, '--expose-gc', 'bench/soak/main.mjs', '--minutes', long ? '60' : '2'],
      background: true,
    },
    {
      name: 'unit',
      command: ['vitest', 'run', '--coverage'],
      counts: counter(/^\s*Tests .*?(\d+) passed/m, /^\s*Tests .*?(\d+) failed/m),
    },
  ]
}

if (isProgram(import.meta)) {
  await build()
  conclude(await runParts(await checks(), process.argv.slice(2)))
}
