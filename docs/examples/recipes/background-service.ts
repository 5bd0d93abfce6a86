import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

using clock = virtualTime()
const log: string[] = []
const report = (text: string) => void log.push(text)
let jobs = ['a', 'b', 'broken', 'c']
const takeJobs = async () => jobs.splice(0, 2)
const handle = async (job: string, signal: AbortSignal) => {
  signal.throwIfAborted()
  if (job === 'broken') throw new Error('cannot be handled')
  report(`handled ${job}`)
}

// #region show
import { exponentialBackoff, scope } from 'go-go-scope'

/** A service that looks for work every five seconds, and has `start` and `end` only. */
export function startService() {
  const s = scope({
    name: 'jobs',
    concurrency: 4,
    onUnhandled: (error, task) =>
      report(`${task.name} failed: ${error.message}`),
  })

  s.poll(
    () => takeJobs(),
    (found) => {
      for (const job of found)
        s.task(({ signal }) => handle(job, signal), {
          id: `job ${job}`,
          timeout: 60_000,
        })
    },
    {
      interval: 5_000,
      backoff: exponentialBackoff({ initial: 5_000, max: 60_000 }),
    },
  )

  s.every(60_000, () =>
    report(`still here: ${s.debugTree().split('\n').length} scope`),
  )

  return { end: () => s[Symbol.asyncDispose]() }
}
// #endregion show

const service = startService()
await clock.advance(61_000)
jobs = ['never taken']
await service.end()
assert.deepEqual(log, [
  'handled a',
  'handled b',
  'handled c',
  'still here: 1 scope',
  'job broken failed: cannot be handled',
])
assert.equal(clock.pendingTimers, 0)
