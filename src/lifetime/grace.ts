/** Waits for work that was told to end, but not for ever. */

import { after } from '../base/clock.js'

/** How long work goes on being waited for after it was told to end, unless its owner says otherwise: 2 000 ms. */
export const defaultGrace = 2_000

/** True once `ended` has settled, false if that takes longer than `ms`. */
export function endsWithin(ms: number, ended: PromiseLike<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const undo = after(ms, () => resolve(false))
    const yes = (): void => {
      undo()
      resolve(true)
    }
    ended.then(yes, yes)
  })
}
