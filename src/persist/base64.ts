/** Bytes as text: base64 with padding, which no two engines offer under one name. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const four = digit(three >> 18) + digit(three >> 12)
    parts.push(four + (left > 1 ? digit(three >> 6) : '=') + (left > 2 ? digit(three) : '='))
  }
  return parts.join('')
}

/** The bytes of a text that `toBase64` made; `undefined` for any other. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  for (let at = 0, to = 0; at < text.length; at += 4) {
    const four =
      (value(text, at) << 18) | (value(text, at + 1) << 12) | (value(text, at + 2) << 6) | value(text, at + 3)
    bytes[to++] = four >> 16 // what lies beyond the end of the array is dropped
    bytes[to++] = four >> 8
    bytes[to++] = four
  }
  return bytes
}

function digit(bits: number): string {
  return alphabet.charAt(bits & 63)
}

/** Six bits of a character; padding counts as zero. */
function value(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 97) return code - 71 // a to z
  if (code >= 65) return code - 65 // A to Z
  if (code === 43) return 62 // +
  if (code === 47) return 63 // /
  return code === 61 ? 0 : code + 4 // =, 0 to 9
}
