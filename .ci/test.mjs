/** The gate: build, checks, every engine, and one table of them all. */
import { build, compileSuite } from './build.mjs'
import { checks } from './checks.mjs'
import { engines } from './engines.mjs'
import { conclude, runParts } from './report.mjs'

await build()
await compileSuite()
conclude(await runParts([...(await checks()), ...(await engines())]))
