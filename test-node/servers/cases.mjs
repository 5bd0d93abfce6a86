/** All that the providers of a server do, whatever server and client it is. */
import { breakerCases } from './breakers.mjs'
import { cacheCases } from './caches.mjs'
import { checkpointCases } from './checkpoints.mjs'
import { idempotencyCases } from './idempotency.mjs'
import { lockCases } from './locks.mjs'

/** `parties` are the providers of two processes, `one` and `two`, and those of another prefix, `other`. */
export function allCases(test, parties) {
  lockCases(test, parties)
  idempotencyCases(test, parties)
  breakerCases(test, parties)
  cacheCases(test, parties)
  checkpointCases(test, parties)
}
