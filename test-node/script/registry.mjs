/** A registry of packages on this machine, with the packed package and what a script needs beside it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pack } from '../../.ci/pack.mjs'
import { root, run } from '../../.ci/run.mjs'

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Where a package that another one needs is installed. */
function find(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(found)) return found
  }
  throw new Error(`${name} is not installed`)
}

/** Folders of packages with all that they need. */
function closure(names) {
  const folders = new Set(names.map((name) => find(name, root)))
  for (const folder of folders)
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) folders.add(find(name, folder))
  return [...folders]
}

async function packInstalled(folders, destination) {
  const options = ['--json', '--ignore-scripts', '--pack-destination', destination]
  const { code, output } = await run('npm', ['pack', ...folders, ...options])
  if (code !== 0) throw new Error(output)
  const packed = JSON.parse(output.slice(output.indexOf('[\n')))
  return folders.map((folder, at) => ({ manifest: manifestOf(folder), file: join(destination, packed[at].filename) }))
}

function entry({ manifest, file }, url) {
  const bytes = readFileSync(file)
  const hash = (algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding)
  const { name, version } = manifest
  const tarball = `${url}/${name}/-/${version}.tgz`
  const dist = { tarball, integrity: `sha512-${hash('sha512', 'base64')}`, shasum: hash('sha1', 'hex') }
  const packument = { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
  return { packument: JSON.stringify(packument), path: new URL(tarball).pathname, bytes }
}

/** Serves the package and `names` until the process ends; resolves to its address. */
export async function startRegistry(names) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { tarball } = await pack()
  const { dependencies } = manifestOf(root)
  const installed = await packInstalled(closure([...names, ...Object.keys(dependencies)]), folder)
  const served = new Map()
  const server = createServer((request, response) => {
    const body = served.get(decodeURIComponent(request.url.split('?')[0]))
    response.writeHead(body === undefined ? 404 : 200).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const url = `http://127.0.0.1:${server.address().port}`
  for (const each of [...installed, { manifest: manifestOf(root), file: tarball }]) {
    const { packument, path, bytes } = entry(each, url)
    served.set(`/${each.manifest.name}`, packument).set(path, bytes)
  }
  return url
}
