/** One promise that several causes may settle. */

import type { Undo } from './undo.js'

/**
 * Settles by whichever cause comes first, in its turn, and takes all of them back.
 *
 * `begin` registers them; what it returns takes them back. A cause may be there at once.
 */
export function firstOf<T>(
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => readonly (Undo | undefined)[],
): Promise<T> {
  return new Promise((resolve, reject) => {
    let undos: readonly (Undo | undefined)[] = []
    let over = false
    const leave = (): void => {
      over = true
      for (const undo of undos) undo?.()
    }
    undos = begin(
      (value) => {
        leave()
        resolve(value)
      },
      (error) => {
        leave()
        reject(error)
      },
    )
    if (over) leave()
  })
}
