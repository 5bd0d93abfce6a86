/** Checkpoints in files: the suite, and what file systems do to them. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import * as realFs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkpointProviderSuite } from '../runtimes/generic/checkpoint-suite.js'
import { FileCheckpointProvider } from '../runtimes/generic/file-checkpoints.js'
import type { FileSystem, OpenFile } from '../runtimes/generic/files.js'
import { createCheckpointContext } from '../src/persist/checkpoint-context.js'
import { CheckpointCorruptError } from '../src/persist/errors.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

checkpointProviderSuite({
  test: (name, fn) => test(name, fn),
  assert,
  open: () => new FileCheckpointProvider(folder),
})

/** The files of the one task there is. */
const names = (): string[] =>
  readdirSync(folder).flatMap((task) => readdirSync(join(folder, task)).map((name) => join(folder, task, name)))
const records = (): string[] =>
  names()
    .filter((name) => name.endsWith('.json'))
    .sort()

/** The host's files, with a part of them replaced. */
const files = (changes: Partial<FileSystem>): FileSystem => ({ ...realFs, ...changes })

/** Files that are opened for writing behave differently. */
function opening(change: (file: OpenFile) => OpenFile): FileSystem {
  return files({
    open: async (path, flags) => {
      const file = await realFs.open(path, flags)
      return flags === 'wx' && path.endsWith('.tmp') ? change(file) : file
    },
  })
}

/** A file with some of its methods replaced. */
const altered = (file: OpenFile, changes: Partial<OpenFile>): OpenFile => ({
  write: (bytes, offset) => file.write(bytes, offset),
  sync: () => file.sync(),
  close: () => file.close(),
  ...changes,
})

async function saveThree(): Promise<FileCheckpointProvider> {
  const provider = new FileCheckpointProvider(folder)
  const context = createCheckpointContext('job', provider)
  for (const row of [1, 2, 3]) await context.save({ row })
  return provider
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code })
}

describe('checkpoints in files', () => {
  test('each bit that flips is seen, and the one before is used', async () => {
    const provider = await saveThree()
    const [, , path = ''] = records()
    const content = readFileSync(path)
    for (let bit = 0; bit < content.length * 8; bit++) {
      const flipped = Buffer.from(content)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      writeFileSync(path, flipped)
      const told: string[] = []
      const latest = await provider.loadLatest('job', (what) => told.push(what))
      expect([bit, latest?.data, told.length]).toEqual([bit, { row: 2 }, 1])
      rmSync(`${path}.damaged`)
    }
    writeFileSync(path, content)
    expect((await provider.loadLatest('job'))?.data).toEqual({ row: 3 })
  })

  test('each length that a file is cut to is seen', async () => {
    const provider = await saveThree()
    const [, , path = ''] = records()
    const content = readFileSync(path)
    for (let length = 0; length < content.length; length++) {
      writeFileSync(path, content.subarray(0, length))
      expect((await provider.loadLatest('job', () => {}))?.data).toEqual({ row: 2 })
      rmSync(`${path}.damaged`)
    }
  })

  test('all damaged is an error, now and after a restart, until they are deleted', async () => {
    const provider = await saveThree()
    for (const path of records()) writeFileSync(path, 'torn')
    await expect(provider.loadLatest('job', () => {})).rejects.toThrow(CheckpointCorruptError)
    expect(records()).toEqual([])
    const again = new FileCheckpointProvider(folder)
    await expect(again.loadLatest('job')).rejects.toThrow(CheckpointCorruptError)
    await expect(again.list('job')).rejects.toThrow(CheckpointCorruptError)
    await again.deleteAll('job')
    expect(await again.loadLatest('job')).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a file of another task is damaged here', async () => {
    const provider = await saveThree()
    await createCheckpointContext('other', provider).save('foreign')
    const foreign = records().find((path) => path.includes('other')) ?? ''
    const [, , path = ''] = records().filter((each) => each.includes('job'))
    writeFileSync(path, readFileSync(foreign))
    expect((await provider.loadLatest('job', () => {}))?.data).toEqual({ row: 2 })
  })

  test.each([
    ['a full disk', (file: OpenFile) => altered(file, { write: () => Promise.reject(errorOf('ENOSPC')) })],
    ['a disk that fails to flush', (file: OpenFile) => altered(file, { sync: () => Promise.reject(errorOf('EIO')) })],
    ['a disk that takes nothing', (file: OpenFile) => altered(file, { write: async () => ({ bytesWritten: 0 }) })],
    [
      'an error on close',
      (file: OpenFile) => altered(file, { close: () => file.close().then(() => Promise.reject(errorOf('EIO'))) }),
    ],
  ])('with %s the save fails, by name, and the last good record is intact', async (_what, change) => {
    await saveThree()
    const failing = new FileCheckpointProvider(folder, { fs: opening(change) })
    const context = createCheckpointContext('job', failing, { latest: await failing.loadLatest('job') })
    const error: unknown = await context.save({ row: 4 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'ProviderError', operation: 'save', key: 'job', cause: expect.any(Error) })
    expect(names().filter((name) => name.endsWith('.tmp'))).toEqual([])
    const provider = new FileCheckpointProvider(folder)
    expect((await provider.loadLatest('job'))?.data).toEqual({ row: 3 })
  })

  test.each([
    ['rename', 'EACCES'],
    ['open', 'EACCES'],
    ['mkdir', 'EROFS'],
  ] as const)('a %s that fails with %s is told', async (operation, code) => {
    await saveThree()
    const failing = new FileCheckpointProvider(folder, {
      fs: files({ [operation]: () => Promise.reject(errorOf(code)) }),
    })
    await expect(createCheckpointContext('job', failing).save(4)).rejects.toMatchObject({
      name: 'ProviderError',
      message: expect.stringContaining(code),
    })
    expect((await new FileCheckpointProvider(folder).loadLatest('job'))?.data).toEqual({ row: 3 })
  })

  test('a file that cannot be read is an error, not a damaged one', async () => {
    await saveThree()
    for (const operation of ['readFile', 'readdir'] as const) {
      const failing = new FileCheckpointProvider(folder, {
        fs: files({ [operation]: () => Promise.reject(errorOf('EACCES')) }),
      })
      await expect(failing.loadLatest('job')).rejects.toMatchObject({ name: 'ProviderError', operation: 'loadLatest' })
    }
    expect(records()).toHaveLength(3)
  })

  test('short writes are gone on with', async () => {
    const slow = opening((file) =>
      altered(file, { write: (bytes, offset) => file.write(bytes.subarray(0, offset + 3), offset) }),
    )
    const provider = new FileCheckpointProvider(folder, { fs: slow })
    await createCheckpointContext('job', provider).save({ text: 'ä'.repeat(50) })
    expect((await provider.loadLatest('job'))?.data).toEqual({ text: 'ä'.repeat(50) })
  })

  test('bytes, name and folders are flushed before a save resolves', async () => {
    const log: string[] = []
    const spy = files({
      open: async (path, flags) => {
        const file = await realFs.open(path, flags)
        const name = path.endsWith('.tmp')
          ? 'file'
          : path === folder
            ? 'folder'
            : path.startsWith(folder)
              ? 'task folder'
              : 'around'
        return altered(file, {
          write: async (bytes, offset) => {
            log.push(`write ${name}`)
            return file.write(bytes, offset)
          },
          sync: async () => {
            log.push(`sync ${name}`)
            await file.sync()
          },
        })
      },
      rename: async (from, to) => {
        log.push('rename')
        await realFs.rename(from, to)
      },
    })
    await createCheckpointContext('job', new FileCheckpointProvider(folder, { fs: spy })).save(1)
    expect(log).toEqual(['sync folder', 'write file', 'sync file', 'rename', 'sync task folder'])
  })

  test('what a killed process left is no record, and goes with the next claim', async () => {
    const provider = await saveThree()
    const [path = ''] = records()
    writeFileSync(path.replace(/\d{16}-0\.json$/, '0000000000000009-0.json.x-1-2.tmp'), 'half')
    expect((await provider.loadLatest('job'))?.data).toEqual({ row: 3 })
    await provider.claim('job')
    expect(names().filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('an owner that is shut out amid its save does not replace what the next one saves', async () => {
    const provider = new FileCheckpointProvider(folder)
    const older = await provider.claim('job')
    let newer = 0
    const late = new FileCheckpointProvider(folder, {
      fs: files({
        rename: async (from, to) => {
          if (newer === 0) {
            newer = await provider.claim('job')
            await createCheckpointContext('job', provider, { fence: newer }).save('newer')
          }
          await realFs.rename(from, to)
        },
      }),
    })
    await expect(createCheckpointContext('job', late, { fence: older }).save('older')).rejects.toMatchObject({
      name: 'CheckpointFencedError',
    })
    expect((await provider.loadLatest('job'))?.data).toBe('newer')
  })

  test('misuse is refused', () => {
    expect(() => new FileCheckpointProvider('')).toThrow(RangeError)
    expect(() => new FileCheckpointProvider(5 as never)).toThrow(TypeError)
    expect(() => new FileCheckpointProvider(folder, null as never)).toThrow(TypeError)
  })
})
