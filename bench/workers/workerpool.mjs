/** The work, for workerpool. */
import workerpool from 'workerpool'
import { echo, fail, goOn, primes } from './jobs.mjs'

workerpool.worker({ echo, fail, goOn, primes })
