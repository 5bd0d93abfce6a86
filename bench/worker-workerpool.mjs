/** The work, for workerpool. */
import workerpool from 'workerpool'
import { echo, primes } from './worker-jobs.mjs'

workerpool.worker({ echo, primes })
