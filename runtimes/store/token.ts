/** Names for those who hold something, unlike all others, in any process. */
import { randomBytes } from '../generic/web.js'

/** Makes a source of names; randomness is asked for with the first, since some hosts have none while they load. */
export function tokens(): () => string {
  let instance = ''
  let count = 0
  return () => {
    instance ||= Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
    count += 1
    return `${instance}-${count}`
  }
}
