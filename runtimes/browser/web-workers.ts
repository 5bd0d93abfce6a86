/** Module workers of a page. */
import type { WorkerCode, WorkerEvents, WorkerHost, WorkerPort } from '../../src/runtime.js'
import { isOurs } from '../../src/worker/protocol.js'
import { source } from './worker-source.js'

/** Why a worker of the library did not start: its program is fine, so that it must be the page's policy. */
class Refusal extends Error {}

interface Started {
  readonly worker: Worker
  /** Nobody needs the address any more. */
  readonly revoke: () => void
}

function start(code: WorkerCode): Started {
  if (code.from === 'library') return startLibrary()
  const worker = code.create?.() ?? new Worker(code.url ?? '', { type: 'module' })
  if (!(worker instanceof Worker)) throw new TypeError('create must give a Worker')
  return { worker, revoke: () => {} }
}

function startLibrary(): Started {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const revoke = () => URL.revokeObjectURL(url)
  try {
    return { worker: new Worker(url, { type: 'module' }), revoke }
  } catch (cause) {
    revoke()
    throw new Refusal('the page allows no workers made of its own scripts', { cause })
  }
}

/** Calls `fn` once whoever holds the lock is gone; returns its undo. */
function whenFree(lock: string, fn: () => void): () => void {
  const controller = new AbortController()
  navigator.locks.request(lock, { signal: controller.signal }, fn).catch(() => {}) // the undo rejects it
  return () => controller.abort()
}

function spawn(code: WorkerCode, events: WorkerEvents): WorkerPort {
  const { worker, revoke } = start(code)
  let loaded = false
  let unwatch = () => {}
  worker.onmessage = ({ data }) => {
    if (isOurs(data) && data.goGoScope === 'hello') {
      loaded = true
      revoke()
      if ('lock' in data && typeof data.lock === 'string') unwatch = whenFree(data.lock, events.onExit)
    }
    events.onMessage(data)
  }
  worker.onmessageerror = () => events.onError(new Error('it sent what cannot be read here'))
  worker.onerror = (event) => {
    event.preventDefault() // it is told to the task, and not to the page too
    const { message = 'its module cannot be loaded', filename, lineno } = event
    const refused = code.from === 'library' && !loaded
    if (refused) events.onError(new Refusal('the page allows no workers made of its own scripts'))
    else events.onError(new Error(filename ? `${message} (${filename}:${lineno})` : message))
  }
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as Transferable[]), // the user's; else it throws
    hold: () => {},
    end() {
      unwatch()
      revoke()
      worker.onmessage = worker.onmessageerror = worker.onerror = null
      worker.terminate()
      return undefined
    },
  }
}

export const workers: WorkerHost = {
  get size() {
    return Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1)
  },
  resolve: (module) => new URL(module, globalThis.document?.baseURI ?? globalThis.location?.href).href,
  spawn,
  // A page may allow workers made of its own scripts, and then no scripts made in them.
  isRefusal: (error) => error instanceof Refusal || (error instanceof Error && error.name === 'TypeError'),
}
