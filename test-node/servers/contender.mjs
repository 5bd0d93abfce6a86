/** One of several processes that want the same. Arguments: server, port, role, and what the role needs, as JSON. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { scope } from 'go-go-scope'
import { persistenceOf } from './persistence.mjs'

const [kind, port, role, input] = process.argv.slice(2)
const { key, file, count } = JSON.parse(input)
const { persistence, close } = await persistenceOf(kind, Number(port))
const tell = (value) => console.log(JSON.stringify(value))

/** Resolves at the next line of the parent. */
function nextLine() {
  const lines = createInterface({ input: process.stdin })
  return new Promise((resolve) => lines.once('line', resolve)).finally(() => lines.close())
}

const roles = {
  /** Counts in a file, one by one, without any other protection than the lock. */
  async count() {
    for (let done = 0; done < count; ) {
      const lock = await persistence.lock.acquire(key, 60_000)
      if (lock === null) continue
      const before = Number(readFileSync(file, 'utf8'))
      await sleep(1)
      writeFileSync(file, `${before + 1}`)
      await lock.release()
      done += 1
    }
  },

  /** Runs tasks that others run too, and notes which bodies ran. */
  async once() {
    const s = scope({ persistence })
    const run = (at) => async () => {
      appendFileSync(file, `${at}\n`)
      await sleep(2)
      return `${at} by ${process.pid}`
    }
    const tasks = Array.from({ length: count }, (_, at) =>
      s.task(run(at), { idempotency: { key: `${key} ${at}`, wait: true } }),
    )
    tell(await Promise.all(tasks))
    await s[Symbol.asyncDispose]()
  },

  /** Owns a task, and goes on saving when it is told to. */
  async own() {
    const fence = await persistence.checkpoint.claim(key)
    const save = (sequence) =>
      persistence.checkpoint.save(
        { id: `${key}-1-${sequence}`, taskId: key, sequence, timestamp: 1, progress: 0, data: process.pid },
        fence,
      )
    await save(count)
    tell('saved')
    await nextLine()
    tell(
      await save(count + 1).then(
        () => 'saved',
        (error) => error.name,
      ),
    )
  },

  /** Takes a lock and a reservation, and does nothing more. */
  async hang() {
    const lock = await persistence.lock.acquire(key, count)
    const reserved = await persistence.idempotency.reserve(key, count)
    tell({ fence: lock?.fence, reserved })
    await nextLine()
  },
}

await roles[role]()
await close()
