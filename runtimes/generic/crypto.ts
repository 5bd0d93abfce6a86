/** What files need of `node:crypto`, which is loaded with the first of them: with it an import takes a fifth longer. */

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
