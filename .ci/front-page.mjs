/** The parts of README that nobody types: `npm run readme` writes them, a test holds them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readResults, summary } from '../bench/reading.mjs'
import { build } from './build.mjs'
import { knownEngines } from './engines.mjs'
import { isProgram, root } from './run.mjs'
import { sizeOf } from './sizes.mjs'

const file = join(root, 'README.md')

/** The imports whose sizes README has. */
const imports = [
  'scope',
  'parallel',
  'race',
  'circuitBreaker',
  'channel',
  'semaphore',
  'pool',
  'debounce',
  'tokenBucket',
]

/** What engines are called in a sentence. */
const names = { chromium: 'Chromium', firefox: 'Firefox', webkitgtk: 'WebKitGTK', wpe: 'WPE WebKit' }

/** In thousands of bytes, to the next half, so that README does not change with every commit. */
export const step = 0.5

/** Bytes as README says them. */
export const rounded = (bytes) => (Math.round(bytes / 1000 / step) * step).toFixed(1).replace('.0', '')

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n').replaceAll('|  |', '| |')
}

/** What each import weighs, in bytes. */
export async function measuredSizes() {
  return new Map(await Promise.all(imports.map(async (name) => [name, await sizeOf(name)])))
}

async function sizes() {
  const rows = [...(await measuredSizes())].map(([name, size]) => [`\`${name}\``, `${rounded(size)} kB`])
  return table(['import', 'minified and gzipped'], rows)
}

/** What the saved results of the benchmarks say. */
export async function speed() {
  const results = await readResults()
  return results
    ? summary(results, { brief: true }).join('\n')
    : 'No results are saved: `npm run bench -- --save` measures them.'
}

/** Major and minor of what is installed. */
async function release(name) {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  return version.split('.').slice(0, 2).join('.')
}

/** The engines of the gate, as a table. */
export async function runtimes() {
  const engines = knownEngines().map(({ name }) => name)
  const take = (pattern) => engines.filter((name) => pattern.test(name)).map((name) => name.replace(pattern, ''))
  const nodes = take(/^node /)
  const browsers = engines.filter((name) => name in names)
  // What is built on the engines, not one of them.
  const besides = [...take(/^server /), ...take(/^live page /)]
  const others = ['deno', 'bun', 'workerd'].filter((name) => engines.includes(name))
  const told = nodes.length + browsers.length + besides.length + others.length
  if (told !== engines.length || others.length !== 3) throw new Error(`README has no row for one of ${engines}`)
  return table(
    ['runtime', 'entry chosen by', 'tested in'],
    [
      [`Node ${nodes[0]} and later`, '`node`', nodes.join(', ')],
      ['Deno', '`deno`', await release('deno')],
      ['Bun', '`bun`', await release('bun')],
      ['Cloudflare Workers', '`workerd`', 'workerd, before and after Node compatibility became the default'],
      ['browsers', '`browser`', browsers.map((name) => names[name]).join(', ')],
      ['anything else', '`default`', ''],
    ],
  )
}

/** The text between the marks of this name. */
export function part(text, name) {
  const [, found] = text.match(new RegExp(`<!-- ${name} -->\n\n([\\s\\S]*?)\n\n<!-- /${name} -->`)) ?? []
  if (found === undefined) throw new Error(`README has no part between <!-- ${name} --> and <!-- /${name} -->`)
  return found
}

/** README with this part anew. */
function withPart(text, [name, now]) {
  const mark = `<!-- ${name} -->\n\n`
  return text.replace(`${mark}${part(text, name)}\n`, () => `${mark}${now}\n`)
}

if (isProgram(import.meta)) {
  await build()
  const text = await readFile(file, 'utf8')
  const written = { sizes: await sizes(), speed: await speed(), runtimes: await runtimes() }
  await writeFile(file, Object.entries(written).reduce(withPart, text))
}
