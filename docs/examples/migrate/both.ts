/** Runs the check on both versions. */
import { loadPage as after } from './after.ts'
import { loadPage as before } from './before.ts'
import { check } from './page.ts'

await check(before)
await check(after)
