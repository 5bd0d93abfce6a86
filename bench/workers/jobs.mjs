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
