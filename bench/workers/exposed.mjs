/** The work, for go-go-scope. */
import { expose } from 'go-go-scope'
import { echo, fail, goOn, primes } from './jobs.mjs'

expose({ echo, fail, goOn, primes })
