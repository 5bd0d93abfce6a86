/** The work, for workerpool. */
import workerpool from 'workerpool'
import { echo, fail, primes } from './jobs.mjs'

workerpool.worker({ echo, fail, primes })
