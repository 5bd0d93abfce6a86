/** The work, for go-go-scope. */
import { expose } from 'go-go-scope'
import { echo, primes } from './worker-jobs.mjs'

expose({ echo, primes })
