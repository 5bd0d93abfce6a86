/** Tools for tests: virtual time, sequencing, leak checks. */

export { type VirtualClock, virtualTime } from './clock.js'
export { assertNothingLeft, type LeakCheck, type TrackedSignal, trackSignal } from './leaks.js'
export { type Gate, type Sequencer, sequencer } from './sequencer.js'
