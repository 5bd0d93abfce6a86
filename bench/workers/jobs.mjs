/** The work of the worker benchmark, the same for every pool. */

export const echo = ({ data }) => data

/** Fails with `data` as its message. */
export function fail({ data }) {
  throw Object.assign(new RangeError(data), { code: 'E_ROW' })
}

/** How many primes there are below `data`. */
export function primes({ data }) {
  const composite = new Uint8Array(data)
  let found = 0
  for (let i = 2; i < data; i++) {
    if (composite[i]) continue
    found++
    for (let j = i * i; j < data; j += i) composite[j] = 1
  }
  return found
}

/** Goes on after its end: counts in shared memory, for as long as the worker's event loop turns. */
export function goOn({ data }) {
  const counter = new Int32Array(data)
  const timer = setInterval(() => {
    if (Atomics.add(counter, 0, 1) > 100) clearInterval(timer)
  }, 1)
}
