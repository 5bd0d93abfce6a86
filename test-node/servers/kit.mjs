/** What the tests of all servers share. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is true: real servers have clocks of their own. */
export async function until(fn, ms = 8_000) {
  for (const end = performance.now() + ms; ; await sleep(5)) {
    const answer = await fn()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`still not after ${ms} ms: ${fn}`)
  }
}

/** A client whose next `lost` answers get lost on their way: the server has done what was asked. */
export function losing(client, method) {
  const state = { lost: 0 }
  const ask = async (...args) => {
    const answer = await client[method](...args)
    if (state.lost-- > 0) throw new Error('connection lost')
    return answer
  }
  return { state, client: 'call' in client ? { [method]: ask, call: ask } : { [method]: ask } }
}

let count = 0

/** A key that no other test has. */
export function freshKey(name = 'key') {
  count += 1
  return `${name} ${process.pid} ${count}`
}

/** Calls `fn` for 0 … n-1 at once. */
export function times(n, fn) {
  return Promise.all(Array.from({ length: n }, (_, at) => fn(at)))
}

/** Keys that servers, scripts, statements, slots and patterns could stumble over; no two may be taken for one. */
export const hostileKeys = [
  ' ',
  '{',
  '}',
  '{}',
  '{a}b',
  '{a}c',
  '%',
  '%0000',
  '\0',
  'a\0b',
  'a\0c',
  '\ud800',
  '\ud801',
  '\udfff\ud800',
  '\ufffd',
  'é',
  'e\u0301',
  '👩‍👩‍👧',
  "'; DROP TABLE go_go_scope_lease; --",
  '"',
  '\\',
  '$1',
  '*',
  '?[a-z]',
  'a:b|c\nd\r\n',
  'A',
  'a',
  '__proto__',
  'constructor',
  'x'.repeat(20_000),
  `${'x'.repeat(20_000)}y`,
]
