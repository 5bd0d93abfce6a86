/** Times to live, as servers count them. */
import { duration } from '../../src/base/options.js'

/** Above this (some 3 000 years) no server can add to its clock. */
const longest = 1e14

/** Whole milliseconds, rounded up so that nothing ends early; undefined for never. */
export function timeToLive(action: string, ttl: number | undefined): number | undefined {
  if (ttl === undefined || duration(action, 'ttl', ttl) > longest) return undefined
  return Math.ceil(ttl)
}
