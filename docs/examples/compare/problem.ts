/** The problem that every page of the comparison solves, and its check. */
import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

export interface User {
  readonly id: number
}

/** One request; it may fail or hang, and obeys its signal. */
export type Load = (id: number, signal: AbortSignal) => Promise<User>

/** An answer for each id, in order: the user, or why there is none. Rejects only when `signal` aborts. */
export type LoadUsers = (
  ids: readonly number[],
  load: Load,
  signal: AbortSignal,
) => Promise<(User | Error)[]>

const ids = Array.from({ length: 10 }, (_, id) => id)

/** An upstream that counts: user 3 fails twice, user 5 always, user 7 hangs once. */
function upstream() {
  const seen = { busy: 0, most: 0, attempts: ids.map(() => 0), aborted: 0 }
  const load: Load = async (id, signal) => {
    seen.most = Math.max(seen.most, ++seen.busy)
    const attempt = (seen.attempts[id] = (seen.attempts[id] ?? 0) + 1)
    try {
      await new Promise((later, fail) => {
        signal.addEventListener('abort', () => fail(signal.reason))
        setTimeout(later, id === 7 && attempt === 1 ? 60_000 : 10)
      })
    } catch (reason) {
      seen.aborted += 1
      throw reason
    } finally {
      seen.busy -= 1
    }
    if (id === 5 || (id === 3 && attempt < 3)) throw new Error(`no user ${id}`)
    return { id }
  }
  return { seen, load }
}

/** Throws unless a solution does what is asked for. */
export async function check(loadUsers: LoadUsers) {
  using clock = virtualTime()

  const { seen, load } = upstream()
  const answers = loadUsers(ids, load, new AbortController().signal)
  await clock.advance(30_000)
  const found = await answers
  assert.deepEqual(
    found.map((answer) => (answer instanceof Error ? 'no' : answer.id)),
    [0, 1, 2, 3, 4, 'no', 6, 7, 8, 9],
  )
  assert.equal(seen.most, 4)
  assert.deepEqual(seen.attempts, [1, 1, 1, 3, 1, 4, 1, 2, 1, 1])
  assert.equal(seen.aborted, 1) // the attempt that hung

  const leaving = upstream()
  const left = new AbortController()
  const ended = loadUsers(ids, leaving.load, left.signal).then(
    () => 'answered',
    () => 'rejected',
  )
  await clock.advance(5)
  left.abort(new Error('left'))
  await clock.advance(30_000)
  assert.equal(await ended, 'rejected')
  assert.equal(leaving.seen.busy, 0)
  assert.equal(leaving.seen.aborted, 4)
  assert.equal(leaving.seen.attempts.filter(Boolean).length, 4)
}
