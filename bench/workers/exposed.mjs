/** The work, for go-go-scope. */
import { expose } from 'go-go-scope'
import { echo, fail, primes } from './jobs.mjs'

expose({ echo, fail, primes })
