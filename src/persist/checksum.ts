/** Tells whole data from damaged: texts by a CRC-32, JSON data by a sum of those, whatever order its keys come in. */

let table: Int32Array | undefined

/**
 * The checksum of JSON data: `sum-` and 8 hex digits. Stores may reorder keys, so that their order does not count: the members of
 * an object are added up.
 */
export function checksumOf(json: unknown): string {
  return `sum-${hex(sum(json))}`
}

function sum(json: unknown): number {
  if (typeof json === 'string') return mix(1, crcOf(json))
  if (typeof json !== 'object' || json === null) return mix(2, crcOf(String(json)))
  if (Array.isArray(json)) return json.reduce((before: number, each) => mix(before, sum(each)), 3)
  let all = 4
  for (const key of Object.keys(json)) all = (all + mix(crcOf(key), sum(Reflect.get(json, key)))) | 0
  return mix(4, all)
}

/** Another number for each pair; with one of the two fixed, a different one for each value of the other. */
function mix(a: number, b: number): number {
  return Math.imul(((a << 5) | (a >>> 27)) ^ b, 0x9e3779b1)
}

/** The CRC-32 of a text, over its UTF-16 code units, as 8 hex digits. */
export function crc32(text: string): string {
  return hex(crcOf(text))
}

function crcOf(text: string): number {
  const steps = (table ??= Int32Array.from({ length: 256 }, (_, byte) => eightBits(byte)))
  let crc = -1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    crc = (crc >>> 8) ^ (steps[(crc ^ unit) & 255] ?? 0)
    crc = (crc >>> 8) ^ (steps[(crc ^ (unit >> 8)) & 255] ?? 0)
  }
  return ~crc
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, '0')
}

function eightBits(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
}
