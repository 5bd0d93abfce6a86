/** The record of the last run, and the one that this run makes. */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * @typedef {import('./fingerprint.mjs').Fingerprint} Fingerprint
 *
 * The files of a package, by path.
 * @typedef {Map<string, Fingerprint>} Files
 */

const version = 1

/** The record is there, but no good. */
export class RecordError extends Error {}

/**
 * Where the record of a folder is kept.
 * @param {string} folder
 */
export function recordFile(folder) {
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(process.cwd(), '.verify', `${basename(folder).replace(/[^\w.-]/g, '_')}-${key}.json`)
}

/** Compares what this run finds with what the last one recorded. Nothing is written before `commit`. */
export class Store {
  /** @type {Map<string, Files>} */
  #next = new Map()
  #file
  #folder
  #last

  /**
   * @param {string} file
   * @param {string} folder
   * @param {Map<string, Files> | undefined} last by package
   */
  constructor(file, folder, last) {
    this.#file = file
    this.#folder = folder
    this.#last = last
  }

  /**
   * @param {string} file
   * @param {string} folder
   */
  static async open(file, folder) {
    return new Store(file, folder, await load(file, folder))
  }

  /** True when there is nothing to compare with. */
  get isFirst() {
    return this.#last === undefined
  }

  /**
   * Takes in what was found, and says how it compares.
   * @param {string} pack
   * @param {string} path
   * @param {Fingerprint} found
   * @returns {'new' | 'changed' | 'unchanged'}
   */
  add(pack, path, found) {
    const files = this.#next.get(pack) ?? new Map()
    this.#next.set(pack, files.set(path, found))
    const before = this.#last?.get(pack)?.get(path)
    if (before === undefined) return 'new'
    return before.hash === found.hash && before.bytes === found.bytes ? 'unchanged' : 'changed'
  }

  /**
   * Keeps what was known of a file that cannot be read now.
   * @param {string} pack
   * @param {string} path
   */
  keep(pack, path) {
    const before = this.#last?.get(pack)?.get(path)
    if (before !== undefined) this.add(pack, path, before)
  }

  /** The files of the last run, with their packages. */
  *recorded() {
    for (const [pack, files] of this.#last ?? []) for (const path of files.keys()) yield { pack, path }
  }

  /** Replaces the record, whole or not at all. */
  async commit() {
    const packages = Object.fromEntries(
      Array.from(this.#next, ([pack, files]) => [
        pack,
        Object.fromEntries(Array.from(files, ([path, { bytes, hash }]) => [path, [bytes, hash]])),
      ]),
    )
    await mkdir(dirname(this.#file), { recursive: true })
    const temporary = `${this.#file}.${process.pid}.tmp`
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(JSON.stringify({ version, folder: this.#folder, packages }))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.#file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

/**
 * @param {string} file
 * @param {string} folder
 * @returns {Promise<Map<string, Files> | undefined>}
 */
async function load(file, folder) {
  try {
    const record = JSON.parse(await readFile(file, 'utf8'))
    if (record.version !== version || record.folder !== folder) throw new Error('it is of another version or folder')
    return new Map(Object.entries(record.packages).map(([pack, files]) => [pack, fileMap(files)]))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    const reason = error instanceof Error ? error.message : error
    throw new RecordError(`Cannot read the last record ${file}: ${reason}. Delete it to start anew.`)
  }
}

/**
 * @param {Record<string, [bytes: number, hash: string]>} files
 * @returns {Files}
 */
function fileMap(files) {
  return new Map(Object.entries(files).map(([path, [bytes, hash]]) => [path, { bytes, hash }]))
}
