/** Prints the rows of the engine it is run with. */
import { measureAll } from './rounds.mjs'

console.log(JSON.stringify(await measureAll()))
