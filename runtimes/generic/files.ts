/** Files that are whole or not there, on the file system of Node, which Deno and Bun have too. */
import { join } from 'node:path'

/** An open file, as far as it is used here. */
export interface OpenFile {
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

/** What is used of `node:fs/promises`. */
export interface FileSystem {
  open(path: string, flags: string): Promise<OpenFile>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  readdir(path: string): Promise<string[]>
  mkdir(path: string, options: { readonly recursive: true }): Promise<string | undefined>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  rmdir(path: string): Promise<void>
}

declare const process: { readonly platform: string }

let temporaries = 0

/** The code of a file system's error. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** What `fn` gives, or `otherwise` when a file or folder is not there. */
export async function ifThere<T>(fn: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return otherwise
    throw error
  }
}

/** Writes a file in a folder so that it is there with all its bytes, or as it was before, whatever happens meanwhile. */
export async function writeWhole(fs: FileSystem, folder: string, name: string, content: string): Promise<void> {
  const temporary = join(folder, `${name}.${Date.now().toString(36)}-${++temporaries}-${pid()}.tmp`)
  try {
    const file = await fs.open(temporary, 'wx')
    try {
      await writeAll(file, new TextEncoder().encode(content))
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(temporary, join(folder, name))
  } catch (error) {
    await fs.unlink(temporary).catch(() => {}) // the first error is the one that tells
    throw error
  }
  await syncFolder(fs, folder)
}

/** Makes what was renamed, made or deleted in a folder last. Windows cannot and need not. */
export async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const file = await fs.open(folder, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A host may write less than it was asked to. */
async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at)
    if (bytesWritten <= 0) throw new Error(`the file system took ${at} of ${bytes.length} bytes and no more`)
    at += bytesWritten
  }
}

function pid(): unknown {
  return (process as { readonly pid?: unknown }).pid
}
