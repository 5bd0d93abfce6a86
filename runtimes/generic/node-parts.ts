/** What files need of Node's own modules, which are loaded with the first of them: with these an import takes a fifth longer. */
import type { FileSystem } from './files.js'

export const nodeFiles = (): Promise<typeof import('node:fs/promises')> => import('node:fs/promises')

/** The host's file system. */
export const hostFiles: FileSystem = {
  open: async (path, flags) => (await nodeFiles()).open(path, flags),
  readFile: async (path, encoding) => (await nodeFiles()).readFile(path, encoding),
  readdir: async (path) => (await nodeFiles()).readdir(path),
  mkdir: async (path, options) => (await nodeFiles()).mkdir(path, options),
  rename: async (from, to) => (await nodeFiles()).rename(from, to),
  unlink: async (path) => (await nodeFiles()).unlink(path),
  rmdir: async (path) => (await nodeFiles()).rmdir(path),
}

/** The SHA-256 of a text, in hexadecimal. */
export async function sha256(text: string, encoding: 'utf8' | 'utf16le'): Promise<string> {
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(text, encoding).digest('hex')
}

/** An integer from 0, below a limit. */
export async function randomBelow(limit: number): Promise<number> {
  const { randomInt } = await import('node:crypto')
  return randomInt(limit)
}
