/** What is loaded on first use is there before the first test: loading takes real time, and the tests' is virtual. */
import { taking } from '../src/persist/acquire-lock.js'
import { provided } from '../src/policy/late.js'

await Promise.all([provided.load(), taking.load()])
