import assert from 'node:assert/strict'

// #region show
import { scope, type WorkerContext } from 'go-go-scope'

await using s = scope({ name: 'hashes', workerPool: { size: 2 } })

/** Runs in a worker: it uses nothing from outside, only its `data`. */
async function digest({
  data,
  signal,
  progress,
}: WorkerContext<{ text: string; rounds: number }>) {
  let bytes: BufferSource = new TextEncoder().encode(data.text)
  for (let round = 1; round <= data.rounds; round++) {
    signal.throwIfAborted()
    bytes = await crypto.subtle.digest('SHA-256', bytes)
    progress.update((round / data.rounds) * 100)
  }
  return new Uint8Array(bytes as ArrayBuffer)
}

const tasks = ['a', 'b', 'c'].map((text) =>
  s.task(digest, {
    worker: true,
    data: { text, rounds: 1_000 },
    timeout: 30_000,
  }),
)

for (const [err, hash] of await Promise.all(tasks))
  console.log(err ?? hash.length)
// #endregion show
const [first] = await Promise.all(tasks)
assert.ok(first?.[1] instanceof Uint8Array)
