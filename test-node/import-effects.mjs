/** Imports the module it is given while everything that would be an effect throws. */
import { pathToFileURL } from 'node:url'

const forbid = (name) => () => {
  throw new Error(`${name} at import`)
}

const effects = [
  ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'].map((name) => [globalThis, name]),
  [[Math, 'random']],
  [[Date, 'now']],
  ['log', 'info', 'warn', 'error', 'debug'].map((name) => [console, name]),
  [[performance, 'now']],
  [[crypto, 'getRandomValues']],
  [[crypto, 'randomUUID']],
  [[process, 'on']],
  [[EventTarget.prototype, 'addEventListener']],
].flat()

for (const [object, name] of effects) Object.defineProperty(object, name, { value: forbid(name) })
for (const name of ['AbortController', 'Worker', 'BroadcastChannel', 'MessageChannel'])
  Object.defineProperty(globalThis, name, { value: forbid(name) })

// Node's loader reads the environment too, so only a read from the package counts.
const { env } = process
const get = () => (new Error().stack.includes('/dist/') ? forbid('process.env')() : env)
Object.defineProperty(process, 'env', { get })

await import(pathToFileURL(process.argv[2]).href)
