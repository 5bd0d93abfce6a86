/** The job: a scope for each package, a task for each file. */
import { join } from 'node:path'
import { isCancelled } from 'go-go-scope'
import { fingerprint, isGone, isTransient, linkFingerprint } from './fingerprint.mjs'
import { findPackages } from './packages.mjs'

/**
 * @typedef {import('./packages.mjs').Package} Package
 * @typedef {import('./packages.mjs').Listed} Listed
 * @typedef {import('./store.mjs').Store} Store
 * @typedef {import('./progress.mjs').Progress} Progress
 * @typedef {{ store: Promise<Store>, progress: Progress }} Services
 * @typedef {import('go-go-scope').Scope<Services>} VerifyScope
 *
 * How a file compares with the last run. `vanished`: it was listed, and gone when it was to be read.
 * @typedef {'unchanged' | 'new' | 'changed' | 'missing' | 'vanished' | 'unreadable'} Status
 * @typedef {{ status: Status, package: string, path: string, bytes: number, reason?: string }} Finding
 *
 * `isComplete`: every file was looked at, and the record is the new one.
 * @typedef {{ findings: Finding[], files: number, packages: number, isFirst: boolean, isComplete: boolean }} Outcome
 */

const packagesAtOnce = 4
const filesAtOnce = 4
const fileTimeout = 30_000

/**
 * Verifies a folder within a scope. When the scope is cancelled it returns what was found so far, and records nothing.
 *
 * @param {VerifyScope} scope
 * @param {string} root
 * @param {{ except: string }} options a folder to leave out
 * @returns {Promise<Outcome>}
 */
export async function verify(scope, root, { except }) {
  const store = await scope.use('store') // a record that cannot be read ends it here
  const progress = scope.use('progress')

  const [error, listing] = await scope.task(({ signal }) => findPackages(root, { signal, except }), { id: 'list' })
  if (isCancelled(error)) return { findings: [], files: 0, packages: 0, isFirst: store.isFirst, isComplete: false }
  if (error) throw error
  const { packages, unlisted } = listing
  const files = packages.reduce((sum, pack) => sum + pack.files.length, 0)
  progress.start(files, packages.length)

  /** @type {Finding[]} */
  const findings = []
  const scopes = createScopes(scope, packages)
  const jobs = Array.from(
    scopes,
    ([pack, child]) =>
      () =>
        verifyPackage(child, root, pack, findings),
  )
  for (const [failure] of await scope.parallel(jobs, { concurrency: packagesAtOnce })) {
    if (failure && !isCancelled(failure)) throw failure
  }
  const outcome = { findings, files, packages: packages.length, isFirst: store.isFirst }
  if (scope.aborted) return { ...outcome, isComplete: false }

  for (const { path, package: pack, error: reason } of unlisted) {
    const status = isGone(reason) ? 'vanished' : 'unreadable'
    findings.push({ status, package: pack, path: `${path}/`, bytes: 0, reason: reason.message })
  }
  findings.push(...findMissing(store, packages, unlisted))
  await store.commit() // short, and whole or not at all: from here on it is too late to interrupt
  return { ...outcome, isComplete: true }
}

/**
 * A scope for each package; one inside another package gets its scope inside that one's.
 *
 * @param {VerifyScope} root
 * @param {readonly Package[]} packages
 * @returns {Map<Package, VerifyScope>}
 */
function createScopes(root, packages) {
  /** @type {Map<Package, VerifyScope>} */
  const scopes = new Map()
  for (const pack of packages) {
    const owner = (pack.parent && scopes.get(pack.parent)) ?? root
    scopes.set(pack, owner.createChild({ name: pack.name, concurrency: filesAtOnce }))
  }
  return scopes
}

/**
 * Starts all files of a package at once: its scope's `concurrency` bounds how many of them are open.
 *
 * @param {VerifyScope} scope
 * @param {string} root
 * @param {Package} pack
 * @param {Finding[]} findings
 */
async function verifyPackage(scope, root, pack, findings) {
  await Promise.all(
    pack.files.map(async (file) => {
      const finding = await verifyFile(scope, root, pack, file)
      if (finding === undefined) return
      findings.push(finding)
      scope.use('progress').step()
    }),
  )
}

/**
 * @param {VerifyScope} scope
 * @param {string} root
 * @param {Package} pack
 * @param {Listed} file
 * @returns {Promise<Finding | undefined>} nothing if it was cancelled
 */
async function verifyFile(scope, root, pack, { path, isLink }) {
  const store = await scope.use('store')
  const full = join(root, path)
  const [error, found] = await scope.task(
    ({ signal }) => (isLink ? linkFingerprint(full) : fingerprint(full, signal)),
    { id: path, timeout: fileTimeout, retry: { max: 2, delay: 100, if: isTransient } },
  )
  if (isCancelled(error)) return undefined
  const about = { package: pack.path, path }
  if (!error) return { ...about, status: store.add(pack.path, path, found), bytes: found.bytes }
  if (isGone(error)) return { ...about, status: 'vanished', bytes: 0 }
  store.keep(pack.path, path)
  return { ...about, status: 'unreadable', bytes: 0, reason: error.message }
}

/**
 * What the last run recorded and this one did not list. Below a folder that cannot be read nobody knows.
 *
 * @param {Store} store
 * @param {readonly Package[]} packages
 * @param {readonly import('./packages.mjs').Unlisted[]} unlisted
 * @returns {Finding[]}
 */
function findMissing(store, packages, unlisted) {
  const listed = new Set(packages.flatMap((pack) => pack.files.map(({ path }) => path)))
  const closed = unlisted.filter(({ error }) => !isGone(error)).map(({ path }) => `${path}/`)
  /** @type {Finding[]} */
  const missing = []
  for (const { pack, path } of store.recorded()) {
    if (listed.has(path)) continue
    if (closed.some((folder) => path.startsWith(folder))) store.keep(pack, path)
    else missing.push({ status: 'missing', package: pack, path, bytes: 0 })
  }
  return missing
}
