/** Tools for testing concurrent code: virtual time, ordered steps, leak checks, repeatable randomness. */

export { type VirtualClock, virtualTime } from './clock.js'
export { assertNothingLeft, type Remains, type TrackedSignal, trackSignal } from './leaks.js'
export { random } from './random.js'
export { type Gate, type Sequencer, sequencer } from './sequencer.js'
