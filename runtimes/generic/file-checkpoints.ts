/**
 * Checkpoints in files, for Node, Deno and Bun.
 *
 * 1. A task has a folder, a record a file: a line with a checksum over the rest, then JSON. A file appears by renaming, hence is
 *    whole; one that is not was damaged later, and is set aside as `.damaged`.
 * 2. The name of a file begins with the number of the record, so that the newest is found without reading; then comes the fence, so
 *    that what an earlier owner writes at the last moment never replaces what a later one has written.
 * 3. The owner of a task is whoever has the `.fence` file with the highest number. A claim makes one that nobody has and deletes the
 *    lower ones: a save whose own is gone is refused.
 * 4. Deleting goes from the oldest to the newest, the fence last: what an interrupted one leaves is what it was.
 */
import { dirname, join, resolve } from 'node:path'
import { integer, object, text } from '../../src/base/options.js'
import { crc32 } from '../../src/persist/checksum.js'
import { CheckpointCorruptError, CheckpointFencedError } from '../../src/persist/errors.js'
import { providerFailed } from '../../src/persist/errors-provider.js'
import { checkRecord, isRecord, partsOf } from '../../src/persist/record.js'
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'
import { codeOf, type FileSystem, ifThere, syncFolder, writeWhole } from './files.js'
import { hostFiles, randomBelow, sha256 } from './node-parts.js'
import type { FileCheckpointOptions } from './options.js'
import { log } from './web.js'

/** A record's file. */
interface RecordFile {
  readonly name: string
  readonly sequence: number
}

const title = 'go-go-scope checkpoint 1'

/**
 * Keeps checkpoints in files, one for each, below a folder that is made when it is needed. A save resolves when its bytes, and the
 * entry in the folder, are on the disk.
 *
 * Any text may be a task's id. A file that was damaged is set aside, which `onDamaged` of `loadLatest` is told, else the console.
 * Trouble with the file system is a `ProviderError` whose `cause` is the error of the host.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { checkpoint: new FileCheckpointProvider('./checkpoints') } })
 * await s.task(async ({ checkpoint }) => {
 *   for (let row = Number(checkpoint?.data ?? 0); row < rows.length; row++) await checkpoint?.save(row)
 * }, { id: 'import', checkpoint: {} })
 * ```
 */
export class FileCheckpointProvider implements CheckpointProvider {
  readonly #root: string
  readonly #fs: FileSystem

  constructor(folder: string, options: FileCheckpointOptions = {}) {
    const action = 'create checkpoint provider'
    this.#root = resolve(text(action, 'folder', folder))
    this.#fs = object(action, 'options', options).fs ?? hostFiles
  }

  async save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void> {
    const { taskId, sequence } = checkRecord(checkpoint)
    const json = JSON.stringify(checkpoint)
    await this.#ask('save', taskId, async () => {
      const folder = await this.#folderOf(taskId)
      await this.#owned(taskId, fence)
      if (fence === undefined) await this.#make(folder)
      const name = `${String(sequence).padStart(16, '0')}-${fence ?? 0}.json`
      try {
        await writeWhole(this.#fs, folder, name, `${title} ${crc32(json)}\n${json}`)
      } catch (error) {
        await this.#owned(taskId, fence) // a later owner may have taken the ground away
        throw error
      }
      await this.#owned(taskId, fence)
    })
  }

  loadLatest<T>(taskId: string, onDamaged: (what: string) => void = warn): Promise<Checkpoint<T> | undefined> {
    return this.#ask('loadLatest', taskId, async () => {
      const [newest] = await this.#whole(taskId, onDamaged, 1)
      return newest as Checkpoint<T> | undefined // whoever asks for a task knows its data
    })
  }

  async load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined> {
    text('load checkpoint', 'checkpointId', checkpointId)
    const parts = partsOf(checkpointId)
    const folders = parts === undefined ? await ifThere(() => this.#fs.readdir(this.#root), []) : []
    const candidates =
      parts === undefined ? folders.map((each) => join(this.#root, each)) : [await this.#folderOf(parts.taskId)]
    for (const folder of candidates) {
      for (const { name, sequence } of await this.#files(folder)) {
        if (parts !== undefined && parts.sequence !== sequence) continue
        const found = await this.#read(join(folder, name))
        if (found?.id === checkpointId) return found as Checkpoint<T> // as above
      }
    }
    return undefined
  }

  list(taskId: string): Promise<Checkpoint[]> {
    return this.#ask('list', taskId, async () => (await this.#whole(taskId, warn, Infinity)).reverse())
  }

  async cleanup(taskId: string, keepCount: number): Promise<void> {
    const keep = integer('clean up checkpoints', 'keepCount', keepCount, 0, true)
    await this.#ask('cleanup', taskId, async () => {
      const folder = await this.#folderOf(taskId)
      const files = await this.#files(folder)
      const kept = new Set([...new Set(files.map(({ sequence }) => sequence))].slice(0, keep))
      for (const { name, sequence } of files.reverse()) if (!kept.has(sequence)) await this.#remove(folder, name)
    })
  }

  async deleteAll(taskId: string, fence?: number): Promise<void> {
    await this.#ask('deleteAll', taskId, async () => {
      const folder = await this.#folderOf(taskId)
      await this.#owned(taskId, fence)
      const names = await this.#names(folder)
      if (names.length === 0) return
      const fences = names.filter((name) => fenceOf(name) !== undefined)
      for (const name of names.filter((each) => !fences.includes(each)).sort()) await this.#remove(folder, name)
      for (const name of fences) await this.#remove(folder, name)
      await syncFolder(this.#fs, folder)
      await this.#fs.rmdir(folder).catch(() => {}) // somebody may have begun anew
    })
  }

  /** Makes the caller the owner of the task; temporary files of earlier ones go. */
  claim(taskId: string): Promise<number> {
    return this.#ask('claim', taskId, async () => {
      const folder = await this.#folderOf(taskId)
      await this.#make(folder)
      const before = await this.#names(folder)
      const { fence, beside } = await this.#fence(folder, highestFence(before))
      for (const name of beside) {
        const temporary = name.endsWith('.tmp') && before.includes(name)
        if (temporary || (fenceOf(name) ?? Infinity) < fence) await this.#remove(folder, name)
      }
      await syncFolder(this.#fs, folder)
      return fence
    })
  }

  /**
   * Makes a fence above all others. Of those made at the same instant, each sees the files beside its own afterwards: the highest
   * finds all the others to delete, or they find it and are taken back.
   */
  async #fence(folder: string, highest: number): Promise<{ fence: number; beside: readonly string[] }> {
    for (let above = highest; ; ) {
      const fence = Math.max(above + 1, Date.now() * fencesInAMillisecond) + (await randomBelow(fencesInAMillisecond))
      try {
        await (await this.#fs.open(join(folder, `${fence}.fence`), 'wx')).close()
      } catch (error) {
        if (codeOf(error) === 'EEXIST') continue // two never have the same
        if (codeOf(error) !== 'ENOENT') throw error
        await this.#make(folder) // an earlier run has just ended and removed it
        continue
      }
      const beside = await this.#names(folder)
      above = highestFence(beside)
      if (above === fence) return { fence, beside }
      await this.#remove(folder, `${fence}.fence`)
    }
  }

  async #owned(taskId: string, fence: number | undefined): Promise<void> {
    if (fence === undefined) return
    const file = join(await this.#folderOf(taskId), `${fence}.fence`)
    // Deno asks for more permissions to check a file than to read it.
    const there = await ifThere(() => this.#fs.readFile(file, 'utf8'), undefined)
    if (there === undefined) throw new CheckpointFencedError(taskId)
  }

  /** The newest whole records, newest first, at most so many; damaged ones that are met are set aside. */
  async #whole(taskId: string, onDamaged: (what: string) => void, count: number): Promise<Checkpoint[]> {
    const folder = await this.#folderOf(taskId)
    const found: Map<number, Checkpoint> = new Map()
    for (const { name, sequence } of await this.#files(folder)) {
      if (found.size >= count) break
      if (found.has(sequence)) continue
      const path = join(folder, name)
      const record = await this.#read(path)
      if (record === undefined) continue // it was deleted meanwhile
      if (record !== damaged && isRecord(record, taskId)) found.set(sequence, record)
      else await this.#setAside(path, onDamaged)
    }
    const lost = found.size === 0 && (await this.#names(folder)).some((name) => name.endsWith('.damaged'))
    if (lost) throw new CheckpointCorruptError(taskId)
    return [...found.values()]
  }

  async #setAside(path: string, onDamaged: (what: string) => void): Promise<void> {
    await ifThere(() => this.#fs.rename(path, `${path}.damaged`), undefined)
    onDamaged(`${path} is damaged, it is set aside as .damaged`)
  }

  /** The record in a file, `undefined` when there is no file. */
  async #read(path: string): Promise<Checkpoint | undefined> {
    const content = await ifThere(() => this.#fs.readFile(path, 'utf8'), undefined)
    if (content === undefined) return undefined
    const end = content.indexOf('\n')
    const json = content.slice(end + 1)
    if (content.slice(0, Math.max(0, end)) !== `${title} ${crc32(json)}`) return damaged
    const record: unknown = JSON.parse(json) // the checksum says that these are the bytes that were written
    return record as Checkpoint
  }

  /** A task's files, newest first. */
  async #files(folder: string): Promise<RecordFile[]> {
    const names = (await this.#names(folder)).filter((name) => /^\d{16}-\d+\.json$/.test(name))
    const files = names.map((name) => ({
      name,
      sequence: Number(name.slice(0, 16)),
      fence: Number(name.slice(17, -5)),
    }))
    return files.sort((a, b) => b.sequence - a.sequence || b.fence - a.fence)
  }

  #names(folder: string): Promise<string[]> {
    return ifThere(() => this.#fs.readdir(folder), [])
  }

  #remove(folder: string, name: string): Promise<void> {
    return ifThere(() => this.#fs.unlink(join(folder, name)), undefined)
  }

  /** Makes a folder, and its entries in those around it, last. */
  async #make(folder: string): Promise<void> {
    const first = await this.#fs.mkdir(folder, { recursive: true })
    if (first === undefined) return
    for (let made = folder; ; made = dirname(made)) {
      await syncFolder(this.#fs, dirname(made))
      if (made === resolve(first) || made === dirname(made)) return
    }
  }

  /** A name that any file system takes: readable as far as it goes, and different for different ids, whatever their case. */
  async #folderOf(taskId: string): Promise<string> {
    const readable = taskId
      .slice(0, 40)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
    const digest = await sha256(taskId, 'utf16le')
    return join(this.#root, `task-${readable}-${digest.slice(0, 32)}`)
  }

  async #ask<T>(operation: string, taskId: string, fn: () => Promise<T>): Promise<T> {
    text(`${operation} checkpoints`, 'taskId', taskId)
    try {
      return await fn()
    } catch (error) {
      const known = error instanceof CheckpointFencedError || error instanceof CheckpointCorruptError
      throw known ? error : providerFailed('checkpoint', operation, taskId, error)
    }
  }
}

/** So many that two claims at one instant, which know nothing of each other, hardly ever try the same. */
const fencesInAMillisecond = 1_024

function highestFence(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => fenceOf(name) ?? 0))
}

/** Stands for what is in a damaged file. */
const damaged: Checkpoint = { id: '', taskId: '', sequence: -1, timestamp: 0, progress: 0, data: undefined }

function fenceOf(name: string): number | undefined {
  return name.endsWith('.fence') ? Number(name.slice(0, -6)) : undefined
}

function warn(what: string): void {
  log('warn', `Checkpoint passed over: ${what}`)
}
