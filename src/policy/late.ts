/** Loads the layers that ask a provider, on first use. */

import { Late } from '../base/late.js'
import { abortable, type Call, type Layer, type Step } from './layer.js'

/** Those layers. */
export type Provided = typeof import('./provided.js')

/** Where they are, or come from. */
export const provided: Late<Provided> = /* @__PURE__ */ new Late(() => import('./provided.js'))

/** A layer that is made of them: now if they are there, else when the first call comes. */
export function late(make: (layers: Provided) => Layer): Layer {
  if (provided.now !== undefined) return make(provided.now)
  return <T>(next: Step<T>) =>
    async (call: Call): Promise<T> => {
      const layers = provided.now ?? (await abortable(call, provided.load()))
      return make(layers)(next)(call)
    }
}
