/**
 * Locks of the processes of one machine, in a folder: for Node, Deno and Bun.
 *
 * Each key has a folder of its own with numbered files, one for each holder; the number is the fence.
 *
 * 1. A file appears with its content, by a link, and only if there is none of that number: of two who want the next number
 *    one gets it.
 * 2. Whoever holds the highest number holds the lock, until the time in it is over. The highest that was ever held stays, so
 *    that numbers rise for ever.
 * 3. Both sides write first and look then: who takes a number looks whether a lower one was extended meanwhile, who extends
 *    looks whether a higher one has appeared. So at least one of two sees the other, and steps back.
 */

import { join } from 'node:path'
import { duration, text } from '../../src/base/options.js'
import type { LockHandle, LockProvider } from '../../src/persist/types.js'
import { codeOf, ifThere } from './files.js'
import { nodeFiles, sha256 } from './node-parts.js'
import { token } from './token.js'

/** What stands in a file. */
interface Holding {
  readonly key: string
  readonly owner: string
  /** When it ends, in milliseconds since 1970; null is never, 0 was given back. */
  readonly until: number | null
}

/** The files of a key: what stands in each, by number. */
type Shelf = ReadonlyMap<number, Holding>

/** Temporary files that are this old, in milliseconds, were left by a process that died. */
const abandonedAfter = 60_000

/**
 * Locks that the processes of one machine share through a folder. A process that dies leaves its lock until its `ttl` is over.
 *
 * The folder must be on a file system with hard links; it keeps one small file for each key that was ever locked. Deno needs
 * `--allow-read` and `--allow-write` for it.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { lock: new FileLockProvider('/var/lib/app/locks') } })
 * await using lock = await s.acquireLock('nightly')
 * ```
 */
export class FileLockProvider implements LockProvider {
  readonly #folder: string

  /** Locks in this folder, which is made when it is first needed. */
  constructor(folder: string) {
    this.#folder = text('create lock provider', 'folder', folder)
  }

  async acquire(key: string, ttl: number, owner: string = token()): Promise<LockHandle | null> {
    text('acquire lock', 'key', key)
    duration('acquire lock', 'ttl', ttl)
    const folder = await this.#of(key)
    const { mkdir, rm } = await nodeFiles()
    await mkdir(folder, { recursive: true })
    const before = await read(folder)
    if (isHeld(before)) return null
    const fence = highest(before) + 1
    if (!(await create(folder, fence, { key, owner, until: untilOf(ttl) }))) return null
    const now = await read(folder)
    if (highest(now) > fence || isHeld(now, fence)) {
      await rm(fileOf(folder, fence), { force: true })
      return null
    }
    await tidy(folder, fence)
    return new FileLock(folder, fence, key, owner)
  }

  async extend(key: string, ttl: number, owner: string): Promise<boolean> {
    const folder = await this.#of(key)
    return new FileLock(folder, highest(await read(folder)), key, owner).extend(ttl)
  }

  async forceRelease(key: string): Promise<void> {
    const folder = await this.#of(key)
    for (;;) {
      const shelf = await read(folder)
      const fence = highest(shelf) + 1
      if (shelf.size === 0) return
      if (await create(folder, fence, { key, owner: token(), until: 0 })) return tidy(folder, fence)
    }
  }

  /** The folder of a key: its name is safe whatever the key is, and on file systems that do not tell A from a. */
  async #of(key: string): Promise<string> {
    return join(this.#folder, await sha256(key, 'utf8'))
  }
}

/** A number that somebody has taken. */
class FileLock implements LockHandle {
  readonly fence: number
  readonly #folder: string
  readonly #key: string
  readonly #owner: string

  constructor(folder: string, fence: number, key: string, owner: string) {
    this.fence = fence
    this.#folder = folder
    this.#key = key
    this.#owner = owner
  }

  async isValid(): Promise<boolean> {
    return this.#isMine(await read(this.#folder))
  }

  async extend(ttl: number): Promise<boolean> {
    duration('extend lock', 'ttl', ttl)
    if (!(await this.isValid())) return false
    await this.#write(untilOf(ttl))
    if (highest(await read(this.#folder)) === this.fence) return true
    await this.#write(0) // it does not hold up whoever comes next
    return false
  }

  async release(): Promise<void> {
    if (await this.isValid()) await this.#write(0)
  }

  #isMine(shelf: Shelf): boolean {
    const holding = shelf.get(this.fence)
    return highest(shelf) === this.fence && holding?.owner === this.#owner && isLive(holding)
  }

  async #write(until: number | null): Promise<void> {
    const temporary = join(this.#folder, `.${token()}`)
    const { rename, writeFile } = await nodeFiles()
    await writeFile(temporary, JSON.stringify({ key: this.#key, owner: this.#owner, until }), { flag: 'wx' })
    await rename(temporary, fileOf(this.#folder, this.fence))
  }
}

function fileOf(folder: string, fence: number): string {
  return join(folder, String(fence))
}

function untilOf(ttl: number): number | null {
  return ttl === Infinity ? null : Date.now() + ttl
}

function isLive({ until }: Holding): boolean {
  return until === null || until > Date.now()
}

function isHeld(shelf: Shelf, except?: number): boolean {
  return [...shelf].some(([fence, holding]) => fence !== except && isLive(holding))
}

function highest(shelf: Shelf): number {
  return Math.max(0, ...shelf.keys())
}

async function namesIn(folder: string): Promise<string[]> {
  const { readdir } = await nodeFiles()
  return ifThere(() => readdir(folder), [])
}

async function read(folder: string): Promise<Shelf> {
  const { readFile } = await nodeFiles()
  const shelf: Map<number, Holding> = new Map()
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.')) continue
    const file = join(folder, name)
    const content = await ifThere(() => readFile(file, 'utf8'), undefined)
    if (content !== undefined) shelf.set(Number(name), parse(content, file))
  }
  return shelf
}

/** A file that makes no sense could be of a living holder: nobody takes the lock before somebody has looked at it. */
function parse(content: string, file: string): Holding {
  try {
    const holding: Holding = JSON.parse(content)
    if (typeof holding.owner === 'string' && (holding.until === null || typeof holding.until === 'number'))
      return holding
  } catch {}
  throw new Error(`Lock file ${file} is damaged: delete it when nobody holds the lock`)
}

/** Makes a file with its content, unless there is one; false if there is. */
async function create(folder: string, fence: number, holding: Holding): Promise<boolean> {
  const temporary = join(folder, `.${token()}`)
  const { link, rm, writeFile } = await nodeFiles()
  await writeFile(temporary, JSON.stringify(holding), { flag: 'wx' })
  try {
    await link(temporary, fileOf(folder, fence))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Deletes the numbers below, and what processes that died have left. */
async function tidy(folder: string, fence: number): Promise<void> {
  const { rm, stat } = await nodeFiles()
  for (const name of await namesIn(folder)) {
    const file = join(folder, name)
    const changed = async (): Promise<number> => (await stat(file)).mtimeMs
    const age = name.startsWith('.') ? Date.now() - (await ifThere(changed, Date.now())) : 0
    if (age > abandonedAfter || Number(name) < fence) await rm(file, { force: true })
  }
}
