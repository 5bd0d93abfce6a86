/** Holds each import to its budget of bytes, see .ci/sizes.json. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgets, sizeOf } from '../.ci/sizes.mjs'

for (const [name, budget] of Object.entries(budgets))
  test(`import { ${name} } fits its budget`, async () => {
    const size = await sizeOf(name)
    assert.ok(size <= budget, `${size} B min+gzip, budget ${budget} B`)
    assert.ok(size > 100, `${size} B cannot be all of it`)
  })
