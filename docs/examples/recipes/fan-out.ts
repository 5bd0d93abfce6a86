import assert from 'node:assert/strict'

let busy = 0
let most = 0
const resize = async (file: string, signal: AbortSignal) => {
  signal.throwIfAborted()
  busy += 1
  most = Math.max(most, busy)
  await new Promise((later) => setTimeout(later, 1))
  busy -= 1
  if (file === '13.jpg') throw new Error('not an image')
  return `small-${file}`
}

// #region show
import { scope } from 'go-go-scope'

export async function resizeAll(files: readonly string[]) {
  await using s = scope({ name: 'resize' })

  const results = await s.parallel(
    files.map(
      (file) =>
        ({ signal }) =>
          resize(file, signal),
    ),
    { concurrency: 4, continueOnError: true },
  )

  return {
    done: results.flatMap(([err, name]) => (err ? [] : [name])),
    failed: results.flatMap(([err], at) =>
      err ? [`${files[at]}: ${err.message}`] : [],
    ),
  }
}
// #endregion show

const { done, failed } = await resizeAll(
  Array.from({ length: 40 }, (_, at) => `${at}.jpg`),
)
assert.equal(done.length, 39)
assert.deepEqual(failed, ['13.jpg: not an image'])
assert.equal(most, 4)
