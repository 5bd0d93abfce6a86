/** The engines that the conformance suite runs in, the servers that providers are tested with, and how each is started. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBrowser, installBrowsers } from './browsers.mjs'
import { build, compileSuite } from './build.mjs'
import { conclude, counter, nodeTest, runParts } from './report.mjs'
import { isProgram, node, root, run, testTimeout } from './run.mjs'
import { findServer, installServers } from './servers.mjs'

const installed = (...path) => join(root, 'node_modules', ...path)
const packageVersion = (name) => () => JSON.parse(readFileSync(installed(name, 'package.json'), 'utf8')).version

function nodeEngine(name, bin) {
  return {
    name,
    missing: existsSync(bin) ? undefined : 'npm has no build of it for this platform',
    // Node counts the limit for the whole file too, in some majors only for that.
    command: [bin, '--test', `--test-timeout=${testTimeout * 6}`, '--test-reporter=spec', 'test-node/conformance.mjs'],
    version: async () => (await run(bin, ['--version'])).output.trim(),
    ...nodeTest,
  }
}

function browserEngine(name) {
  return {
    name,
    missing: findBrowser(name) ? undefined : 'not installed, and npm run browsers could not help',
    command: ['wtr', '--config', 'test-browser/wtr.config.mjs'],
    env: { ENGINE: name },
    version: (output) => output.match(/^version (.+)$/m)?.[1] ?? '',
  }
}

/** The live page, end to end. */
function livePage(name) {
  return {
    ...browserEngine(name),
    name: `live page ${name}`,
    command: [
      node,
      '--test',
      `--test-timeout=${testTimeout * 6}`,
      '--test-reporter=spec',
      'test-browser/live/*.test.mjs',
    ],
    ...nodeTest,
  }
}

/** A database server, with a test file or two of its own in test-node/servers. */
function serverEngine(name, program) {
  const path = findServer(program)
  return {
    name: `server ${name}`,
    missing: path ? undefined : 'not installed, and only root on Debian can install it',
    command: [
      node,
      '--test',
      `--test-timeout=${testTimeout * 12}`,
      '--test-reporter=spec',
      `test-node/servers/${name}*.test.mjs`,
    ],
    version: async () => (await run(path, ['--version'])).output.match(/\d+\.\d+(\.\d+)?/)?.[0] ?? '',
    ...nodeTest,
  }
}

/** Every engine; browsers and servers that are missing are installed first. */
export async function engines() {
  await installBrowsers()
  await installServers()
  return knownEngines()
}

/** Every engine, there or missing. */
export function knownEngines() {
  return [
    nodeEngine('node 20', installed('node20', 'bin', 'node')),
    nodeEngine('node 22', installed('node22', 'bin', 'node')),
    nodeEngine('node 24', node),
    nodeEngine('node 26', installed('node26', 'bin', 'node')),
    {
      name: 'deno',
      // Declarations are checked from the packed package: outside node_modules Deno does not look for .d.ts beside .js.
      command: [
        'deno',
        'test',
        '--no-check',
        '--no-prompt',
        '--allow-read=.',
        '--allow-write=build',
        'test-edge/conformance.deno.js',
      ],
      version: packageVersion('deno'),
      counts: counter(/^(?:ok|FAILED) \| (\d+) passed/m, /^(?:ok|FAILED) .*\| (\d+) failed/m),
      details: (output) => output.replaceAll(/^.* \.\.\. ok.*\n/gm, ''),
    },
    {
      name: 'bun',
      command: ['bun', 'test', `--timeout=${testTimeout}`, './test-edge/conformance.bun.js'],
      version: packageVersion('bun'),
      counts: counter(/^\s*(\d+) pass$/m, /^\s*(\d+) fail$/m),
      details: (output) => output.replaceAll(/^\(pass\).*\n/gm, ''),
    },
    { name: 'workerd', command: [node, 'test-edge/workerd.mjs'], version: packageVersion('workerd') },
    ...['chromium', 'firefox', 'webkitgtk', 'wpe'].map(browserEngine),
    ...['chromium', 'firefox', 'webkitgtk'].map(livePage),
    serverEngine('redis', 'redis-server'),
    serverEngine('postgres', 'postgres'),
  ]
}

if (isProgram(import.meta)) {
  await build()
  await compileSuite()
  conclude(await runParts(await engines(), process.argv.slice(2)))
}
