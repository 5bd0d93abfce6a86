/** Reads a file into a few characters that change when it does. */
import { createHash } from 'node:crypto'
import { constants, open, readlink, stat } from 'node:fs/promises'

/** @typedef {{ bytes: number, hash: string }} Fingerprint */

const chunk = 128 * 1024

/**
 * @param {string} path
 * @param {AbortSignal} signal looked at between the pieces of a file, so that a large one can be left in the middle
 * @returns {Promise<Fingerprint>}
 */
export async function fingerprint(path, signal) {
  // Without O_NONBLOCK, to open a pipe would wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile()) throw new Error('not a file')
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(chunk)
    for (let bytes = 0; ; ) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, chunk)
      if (bytesRead === 0) return { bytes, hash: hash.digest('base64') }
      hash.update(buffer.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await file.close()
  }
}

/**
 * A link counts as what it says. One that leads nowhere, or round in a circle, is an error.
 * @param {string} path
 * @returns {Promise<Fingerprint>}
 */
export async function linkFingerprint(path) {
  const target = await readlink(path)
  await stat(path).catch((error) => {
    throw Object.assign(new Error(`a link that leads nowhere: ${target}`), { code: 'ELINK', cause: error })
  })
  return { bytes: 0, hash: `link to ${target}` }
}

/**
 * Whether another try may help: the system was short of something, or somebody else held the file.
 * @param {unknown} error
 */
export function isTransient(error) {
  return ['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'EIO'].includes(codeOf(error) ?? '')
}

/** @param {unknown} error */
export function isGone(error) {
  return codeOf(error) === 'ENOENT'
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
