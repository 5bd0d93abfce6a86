/** Names that nobody else has. */
import { randomBytes } from './web.js'

/** 32 hex digits at random. */
export function token(): string {
  return [...randomBytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
