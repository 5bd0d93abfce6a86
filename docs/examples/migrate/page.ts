/** What both versions load, and the check that both pass. */
import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

export interface Source {
  user(signal: AbortSignal): Promise<string>
  posts(signal: AbortSignal): Promise<string[]>
}

export interface Page {
  readonly user: string
  readonly posts: readonly string[]
}

/** A source whose two answers take so long. */
function sourceOf(userMs: number, postsMs: number) {
  const aborted: string[] = []
  const after = <T>(name: string, ms: number, value: T, signal: AbortSignal) =>
    new Promise<T>((later, fail) => {
      const abort = () => {
        clearTimeout(timer)
        aborted.push(name)
        fail(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', abort)
        later(value)
      }, ms)
      signal.addEventListener('abort', abort)
    })
  const source: Source = {
    user: (signal) =>
      userMs < 0
        ? Promise.reject(new Error('no user'))
        : after('user', userMs, 'Ada', signal),
    posts: (signal) => after('posts', postsMs, ['one'], signal),
  }
  return { source, aborted }
}

/** Throws unless a version loads, gives up, and cleans up. */
export async function check(
  loadPage: (source: Source, outer: AbortSignal) => Promise<Page>,
) {
  using clock = virtualTime()
  const outcome = async (
    userMs: number,
    postsMs: number,
    ms: number,
    leave = false,
  ) => {
    const { source, aborted } = sourceOf(userMs, postsMs)
    const outer = new AbortController()
    const page = loadPage(source, outer.signal).catch((error: Error) =>
      error.message.replace(/^.*timeout.*$/i, 'timeout'),
    )
    await clock.advance(ms)
    if (leave) outer.abort(new Error('left'))
    const result = await page
    assert.equal(clock.pendingTimers, 0)
    return [result, aborted.sort()]
  }
  assert.deepEqual(await outcome(100, 200, 300), [
    { user: 'Ada', posts: ['one'] },
    [],
  ])
  assert.deepEqual(await outcome(-1, 200, 0), ['no user', ['posts']])
  assert.deepEqual(await outcome(100, 60_000, 5_000), ['timeout', ['posts']])
  assert.deepEqual(await outcome(100, 200, 10, true), [
    'left',
    ['posts', 'user'],
  ])
}
