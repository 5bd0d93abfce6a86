/** The smallest run of the installed package. */
import { runtime, scope } from 'go-go-scope'

const s = scope()
const [error, value] = await s.task(async () => 42)
await s[Symbol.asyncDispose]()
console.log(runtime, error ?? value)
