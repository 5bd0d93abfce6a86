/** The gate: build, checks, every engine, and one table of them all. */
import { installBrowsers } from './browsers.mjs'
import { runChecks } from './checks.mjs'
import { compileSuite, printTable, runEngines, summary } from './engines.mjs'
import { node, run } from './run.mjs'

await installBrowsers()
const { code } = await run(node, ['.ci/build.mjs'], { show: true })
if (code !== 0) {
  console.log('\n0 passed, 1 failed')
  process.exit(1)
}
const suite = await compileSuite()
if (suite.code !== 0) console.log(suite.output)
const rows = [...(await runChecks()), ...(await runEngines())]
printTable(rows)
summary(rows)
