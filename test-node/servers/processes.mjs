/** What two processes may not do at once. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { long } from '../../.ci/run.mjs'
import { freshKey, until } from './kit.mjs'

/** Starts a contender; `next()` gives the next value it tells, `end()` waits until it has ended well. */
function contender(kind, port, role, input) {
  const program = join(import.meta.dirname, 'contender.mjs')
  const child = spawn(process.execPath, [program, kind, `${port}`, role, JSON.stringify(input)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    next: async () => JSON.parse((await lines.next()).value),
    goOn: () => child.stdin.write('\n'),
    kill() {
      child.kill('SIGKILL')
      return ended
    },
    async end() {
      assert.equal(await ended, 0)
    },
  }
}

/** `kinds` are the clients of the two; `persistence` are the providers of this process. */
export function processCases(test, { port, kinds, persistence }) {
  const start = (at, role, input) => contender(kinds[at], port, role, input)

  function withFile(content, fn) {
    const folder = mkdtempSync(join(tmpdir(), 'contenders-'))
    const file = join(folder, 'file')
    writeFileSync(file, content)
    return fn(file).finally(() => rmSync(folder, { recursive: true }))
  }

  test('two processes, one lock: never two holders', () =>
    withFile('0', async (file) => {
      const count = long ? 2_000 : 100
      const input = { key: freshKey(), file, count }
      const both = [start(0, 'count', input), start(1, 'count', input)]
      await Promise.all(both.map((each) => each.end()))
      assert.equal(Number(readFileSync(file, 'utf8')), 2 * count)
    }))

  test('two processes, the same idempotency keys: one run each', () =>
    withFile('', async (file) => {
      const input = { key: freshKey(), file, count: 30 }
      const both = [start(0, 'once', input), start(1, 'once', input)]
      const [results, others] = await Promise.all(both.map((each) => each.next()))
      await Promise.all(both.map((each) => each.end()))
      assert.deepEqual(results, others)
      assert.ok(results.every(([error]) => error === null)) // as JSON has no undefined
      const runs = readFileSync(file, 'utf8').trim().split('\n').map(Number)
      const each = Array.from({ length: 30 }, (_, at) => at)
      assert.deepEqual(
        runs.sort((x, y) => x - y),
        each,
      )
    }))

  test('two processes, one task: the older owner is fenced', async () => {
    const key = freshKey('task')
    const older = start(0, 'own', { key, count: 1 })
    assert.equal(await older.next(), 'saved')
    const newer = start(1, 'own', { key, count: 2 })
    assert.equal(await newer.next(), 'saved')
    older.goOn()
    assert.equal(await older.next(), 'CheckpointFencedError')
    newer.goOn()
    assert.equal(await newer.next(), 'saved')
    await Promise.all([older.end(), newer.end()])
    const found = await persistence.checkpoint.list(key)
    assert.deepEqual(
      found.map(({ sequence }) => sequence),
      [1, 2, 3],
    )
    assert.equal(found[1].data, found[2].data)
  })

  test('what a killed process held is free after its time, and not before', async () => {
    const key = freshKey()
    const ttl = 400
    const killed = start(0, 'hang', { key, count: ttl })
    const { fence, reserved } = await killed.next()
    const heard = performance.now()
    assert.equal(reserved, true)
    assert.equal(await killed.kill(), 'SIGKILL')
    const early = [await persistence.lock.acquire(key, 60_000), await persistence.idempotency.reserve(key, 60_000)]
    if (performance.now() - heard < ttl / 2) assert.deepEqual(early, [null, false])
    const lock = early[0] ?? (await until(() => persistence.lock.acquire(key, 60_000)))
    assert.ok(lock.fence > fence)
    await until(() => persistence.idempotency.reserve(key, 60_000))
    await lock.release()
    await persistence.idempotency.release(key)
  })
}
