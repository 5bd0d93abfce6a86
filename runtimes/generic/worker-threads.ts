/** Workers of `node:worker_threads`, which Deno and Bun have too. */
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { WorkerCode, WorkerEvents, WorkerHost, WorkerPort } from '../../src/runtime.js'
import { source } from './thread-source.js'

const library = new URL(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`)

function start(code: WorkerCode): Worker {
  if (code.from === 'library') return new Worker(library)
  if (code.url !== undefined) return new Worker(new URL(resolve(code.url)))
  const made = code.create?.()
  if (made instanceof Worker) return made
  throw new TypeError('create must give a Worker of node:worker_threads here, or leave it to url')
}

/** Paths are taken from the working folder. */
function resolve(module: string): string {
  const isPath = !URL.canParse(module) || /^[a-z]:[\\/]/i.test(module)
  return isPath ? pathToFileURL(module).href : module
}

function spawn(code: WorkerCode, events: WorkerEvents): WorkerPort {
  const worker = start(code)
  let ended = false
  const unlessEnded =
    <A extends readonly unknown[]>(fn: (...args: A) => void) =>
    (...args: A): void => {
      if (!ended) fn(...args)
    }
  worker.on('message', unlessEnded(events.onMessage))
  worker.on('messageerror', unlessEnded(events.onError))
  worker.on('error', unlessEnded(events.onError))
  worker.on('exit', unlessEnded(events.onExit))
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as never), // what may move differs by host
    hold: (open) => (open ? worker.ref() : worker.unref()),
    end() {
      ended = true
      return worker.terminate()
    },
  }
}

/** Node's permission model and Deno's refuse workers with such errors. */
function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ACCESS_DENIED'
}

export const workers: WorkerHost = {
  get size() {
    return Math.max(1, availableParallelism() - 1)
  },
  resolve,
  spawn,
  isRefusal,
}
