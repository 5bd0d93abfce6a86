/** Loads the layers that ask a provider, on first use. */

import { Late } from '../base/late.js'
import { failure } from '../base/result.js'
import { abortable, type Layer } from './layer.js'

/** Those layers. */
export type Provided = typeof import('./provided.js')

/** Where they are, or come from. */
export const provided: Late<Provided> = /* @__PURE__ */ new Late(() => import('./provided.js'))

/** A layer that is made of them: now if they are there, else when the first call comes. */
export function late(make: (layers: Provided) => Layer): Layer {
  if (provided.now !== undefined) return make(provided.now)
  return (next) => (call, done) => {
    abortable(call, provided.load()).then(
      (layers) => make(layers)(next)(call, done),
      (error: Error) => done(failure(error)),
    )
  }
}
