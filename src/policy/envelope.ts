/** How values lie in a provider: in an object, so that `undefined` and `null` come back as they were. */

/** A value, in an object that providers can keep. */
export interface Envelope {
  readonly done: true
  readonly value?: unknown
}

/** Puts a value into an envelope. */
export function seal(value: unknown): Envelope {
  return { done: true, value }
}

/** The value of an envelope; of anything else, which somebody else has stored, the thing itself. */
export function unseal(stored: unknown): unknown {
  return isEnvelope(stored) ? stored.value : stored
}

function isEnvelope(stored: unknown): stored is Envelope {
  return typeof stored === 'object' && stored !== null && 'done' in stored && stored.done === true
}
