/** Finds the packages below a folder, and the files of each. */
import { access, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * A file as a listing shows it; paths are relative to the folder that was asked for, with slashes.
 * @typedef {{ path: string, isLink: boolean }} Listed
 *
 * A package. One that lies inside another comes after it.
 * @typedef {{ path: string, name: string, parent: Package | undefined, files: Listed[] }} Package
 *
 * What a folder is: a package or a part of one, a folder of packages, or a folder of some tool, such as .pnpm, which
 * may hold folders of packages.
 * @typedef {'package' | 'packages' | 'tools'} Kind
 *
 * A folder that could not be listed.
 * @typedef {{ path: string, package: string, error: Error }} Unlisted
 */

/**
 * Lists a folder that is a package, or a folder of packages. Links are listed but not followed: a loop of them is none
 * here.
 *
 * @param {string} root
 * @param {{ signal: AbortSignal, except: string }} options `except` is a folder to leave out
 * @returns {Promise<{ packages: Package[], unlisted: Unlisted[] }>}
 */
export async function findPackages(root, { signal, except }) {
  /** @type {Package[]} */
  const packages = []
  /** @type {Unlisted[]} */
  const unlisted = []

  /** @type {(path: string, name: string, parent?: Package) => Package} */
  const add = (path, name, parent) => {
    const created = { path, name, parent, files: [] }
    packages.push(created)
    return created
  }

  /** @type {(path: string, kind: Kind, inside?: Package) => Promise<void>} */
  const visit = async (path, kind, inside) => {
    if (join(root, path) === except) return
    for (const entry of await list(path, inside)) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (!entry.isDirectory()) {
        if (kind === 'package') inside?.files.push({ path: child, isLink: entry.isSymbolicLink() })
      } else if (entry.name === 'node_modules') await visit(child, 'packages', inside)
      else if (kind !== 'packages') await visit(child, kind, inside)
      else if (entry.name.startsWith('@')) await visit(child, 'packages', inside)
      else if (entry.name.startsWith('.')) await visit(child, 'tools', inside)
      else await visit(child, 'package', add(child, nameOf(child), inside))
    }
  }

  /** @type {(path: string, inside?: Package) => Promise<import('node:fs').Dirent[]>} */
  const list = async (path, inside) => {
    signal.throwIfAborted()
    try {
      return await readdir(join(root, path), { withFileTypes: true })
    } catch (error) {
      if (path === '' || !(error instanceof Error)) throw error
      unlisted.push({ path, package: inside?.path ?? '', error })
      return []
    }
  }

  const isPackage = await exists(join(root, 'package.json'))
  await (isPackage ? visit('', 'package', add('', basename(root))) : visit('', 'packages'))
  return { packages, unlisted }
}

/** @param {string} path */
function nameOf(path) {
  return /(@[^/]+\/)?[^/]+$/.exec(path)?.[0] ?? path
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  )
}
