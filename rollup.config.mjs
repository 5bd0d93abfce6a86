/** Bundles tsc's output into dist/: one file for each entry and a few shared chunks, so that one Scope class exists. */
import { readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import resolve from '@rollup/plugin-node-resolve'

const hosts = ['generic', 'browser', 'node', 'deno', 'bun', 'workerd', 'core']

/** Where modules go that several entries share; the first match wins. They are few: Node takes a while to find each file. */
const chunks = [
  ['symbols', /\/runtimes\/symbols\.js$/],
  [
    'web',
    /\/runtimes\/generic\/(web|logging|token|runtime|scoped|standalone|streams|lifetime|absent|no-[a-z-]+|expose-web|worker-scope)\.js$/,
  ],
  ['store', /\/runtimes\/store\//],
  [
    'servers',
    /\/runtimes\/generic\/(signals|process-events|process-host|node-parts|files|file-checkpoints|file-locks|expose-threads|thread-home)\.js$/,
  ],
  ['worker-threads', /\/runtimes\/generic\/(worker-threads|thread-source)\.js$/],
  ['web-workers', /\/runtimes\/browser\/(web-workers|worker-source)\.js$/],
  ['worker-pool', /\/src\/worker\/(pool|thread|outcome|inline)\.js$/],
  // Loaded with the first task that has a provider, or with the first lock.
  [
    'provided',
    /\/src\/policy\/(provided|checkpoint|checkpoint-attempt|idempotency|memo-cache|envelope|ask|shared-breaker|breaker-store)\.js$/,
  ],
  ['provided', /\/src\/persist\/lock-taking\.js$/],
  ['matchers', /\/src\/testing\/(leaks|matchers)\.js$/],
  // What only the inspector imports stays in its entry; what draws a timeline is loaded with the first one.
  ['timeline', /\/src\/scope\/draw\.js$/],
  ['core', /\/build\/src\/(?!testing\/|scope\/observe)|\/tslib\//],
]

const symbols = join(import.meta.dirname, 'build', 'runtimes', 'symbols.js')

/**
 * Has whatever makes something disposable import the symbols itself. That every entry does so first is not enough for a bundler
 * that splits code and moves a class into a chunk that runs before the entry's own.
 */
function withSymbols(code) {
  return /\bSymbol\.(asyncD|d)ispose\b/.test(code) ? `import ${JSON.stringify(symbols)};${code}` : code
}

/** Reads tsc's output with its source maps, so that those in dist/ point at the TypeScript sources. */
const tscMaps = {
  name: 'tsc-maps',
  resolveId: (source) => (source === symbols ? symbols : null),
  async load(id) {
    if (!id.startsWith(join(import.meta.dirname, 'build'))) return null
    const [code, map] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')])
    const whole = code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
    return {
      code: id === symbols ? whole : withSymbols(whole),
      map: JSON.parse(map),
      // Said here, because node-resolve reads it from our own package.json, which names files of dist/ only.
      moduleSideEffects: id === symbols,
    }
  },
}

/** Writes other than ASCII characters as escapes: one of them in a file, and V8 keeps and reads two bytes for each character of it. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => ({
    code: code.replace(/\\?[^\0-\x7f]/g, (unit) => {
      if (unit.length > 1) throw new Error(`A backslash before ${unit.at(1)} would escape its escape`)
      return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    }),
    map: null, // a few columns are off, to the right of what was escaped
  }),
}

/** Removes what an earlier build left: dist/ is never emptied first, since others may be reading it. */
const removeStale = {
  name: 'remove-stale',
  async writeBundle({ dir }, bundle) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = path.slice(dir.length + 1)
      if (entry.isFile() && !name.startsWith('types/') && !(name in bundle)) await rm(path)
    }
  },
}

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const packages = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]

export default {
  input: {
    ...Object.fromEntries(hosts.map((host) => [host, `build/runtimes/${host}/index.js`])),
    hono: 'build/runtimes/hono/index.js',
    testing: 'build/runtimes/generic/testing.js',
    inspector: 'build/runtimes/inspector/index.js',
    'testing-vitest': 'build/runtimes/generic/testing-vitest.js',
    react: 'build/runtimes/react/index.js',
    redis: 'build/runtimes/redis/index.js',
    postgres: 'build/runtimes/postgres/index.js',
  },
  external: [/^node:/, /^cloudflare:/, ...packages],
  plugins: [tscMaps, resolve({ resolveOnly: ['tslib'] }), ascii, removeStale],
  output: {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true, // they are shipped
    generatedCode: 'es2015',
    hoistTransitiveImports: false,
    banner: ({ name }) => (name === 'react' ? "'use client';" : ''), // hooks are for the client's part of a tree
    chunkFileNames: 'chunks/[name].js',
    manualChunks: (id) => chunks.find(([, folder]) => folder.test(id))?.[0],
  },
}
