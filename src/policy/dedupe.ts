/** Calls with the same key share the run of the first one while it is in flight, failures included. */

import type { Flights } from './flight.js'
import type { Layer } from './layer.js'

/** Shares runs in flight. */
export function dedupe(key: string | symbol, flights: Flights, timeout?: number): Layer {
  return (next) => (call, done) => flights.join(key, call, next, done, timeout)
}
