/** How values lie in a provider: as JSON data in an object, so that each comes back as it was, or is refused alike by all. */

import { decode, encode } from '../persist/codec.js'

/** A value, in an object that providers can keep. */
export interface Envelope {
  readonly done: true
  readonly value?: unknown
}

/** Puts a value into an envelope; a `TypeError` names what in it cannot be kept. */
export function seal(value: unknown): Envelope {
  return { done: true, value: encode(value, 'value') }
}

/** The value of an envelope, a `TypeError` when it is damaged; of anything else, which somebody else has stored, the thing itself. */
export function unseal(stored: unknown): unknown {
  return isEnvelope(stored) ? decode(stored.value) : stored
}

function isEnvelope(stored: unknown): stored is Envelope {
  return typeof stored === 'object' && stored !== null && 'done' in stored && stored.done === true
}
