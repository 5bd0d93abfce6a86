/** Reused records of tasks speak for the right task. */
import { expect, test } from 'vitest'
import { scope } from '../runtimes/node/index.js'

test.each([0, 1, 100])('with a pool of %i records every task has its own result, failures too', async (maxSize) => {
  const s = scope({ taskPooling: { enabled: true, maxSize } })
  for (let round = 0; round < 3; round++) {
    const tasks = Array.from({ length: 50 }, (_, i) =>
      s.task(async () => {
        await undefined
        if (i % 3 === 0) throw new Error(`${i}`)
        return i
      }),
    )
    const results = await Promise.all(tasks)
    results.forEach(([error, value], i) => {
      if (i % 3 === 0) expect(error?.message).toBe(`${i}`)
      else expect(value).toBe(i)
    })
  }
  await s[Symbol.asyncDispose]()
})
