/** One of several processes that want one lock: enters what it protects many times, and tells when somebody else is inside. */
import { appendFileSync, rmdirSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FileLockProvider, scope } from 'go-go-scope'

const [folder, rounds, ttl] = process.argv.slice(2)
const inside = join(folder, 'inside')
await using s = scope({ persistence: { lock: new FileLockProvider(join(folder, 'locks')) } })
for (let round = 0; round < Number(rounds); round++) {
  await using lock = await s.acquireLock('shared', { ttl: Number(ttl) })
  // A holder that was killed inside left the folder there: its fence is in the log, and ours is higher.
  try {
    mkdirSync(inside)
  } catch {
    appendFileSync(join(folder, 'log'), `met ${lock.fence}\n`)
  }
  appendFileSync(join(folder, 'log'), `in ${lock.fence} ${process.pid}\n`)
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 10))
  appendFileSync(join(folder, 'log'), `out ${lock.fence} ${process.pid}\n`)
  rmdirSync(inside)
}
