/** Tells whole data from damaged: a CRC-32 over JSON data, whatever order its keys come in. */

let table: Int32Array | undefined

/** The checksum of JSON data: `crc32-` and 8 hex digits. Stores may reorder keys, so that their order does not count. */
export function checksumOf(json: unknown): string {
  return `crc32-${crc32(canonical(json))}`
}

/** The CRC-32 of a text, over its UTF-16 code units, as 8 hex digits. */
export function crc32(text: string): string {
  const steps = (table ??= Int32Array.from({ length: 256 }, (_, byte) => eightBits(byte)))
  let crc = -1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    crc = (crc >>> 8) ^ (steps[(crc ^ unit) & 255] ?? 0)
    crc = (crc >>> 8) ^ (steps[(crc ^ (unit >> 8)) & 255] ?? 0)
  }
  return (~crc >>> 0).toString(16).padStart(8, '0')
}

function eightBits(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
}

/** JSON text with sorted keys. */
function canonical(json: unknown): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json) ?? 'null'
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`
}
