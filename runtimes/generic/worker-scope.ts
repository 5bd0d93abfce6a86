/** The inside of a browser's worker. */
import { encodeError } from '../../src/worker/error-codec.js'
import { type Exposed, serve } from '../../src/worker/serve.js'
import type { FromWorker } from '../../src/worker/protocol.js'
import { now, randomBytes } from './web.js'

/** What a dedicated worker has of its global scope. */
interface DedicatedWorker {
  postMessage(message: unknown): void
  addEventListener(type: 'message' | 'unhandledrejection', listener: (event: never) => void): void
}

declare const DedicatedWorkerGlobalScope: (new () => DedicatedWorker) | undefined
declare const self: unknown

/** Compilers that keep names call this inside of functions. */
const head = 'var __name=(f)=>f;export default '
const tail = '\n//# sourceURL=worker-task.js'

/** The worker this is, if it is one. */
export function dedicatedWorker(): DedicatedWorker | undefined {
  const is = typeof DedicatedWorkerGlobalScope === 'function' && self instanceof DedicatedWorkerGlobalScope
  return is ? (self as DedicatedWorker) : undefined
}

/** Serves the page. It says hello by itself: a page cannot know when a module has begun to listen. */
export function serveIn(worker: DedicatedWorker, tasks: Exposed | undefined): void {
  const post = (message: FromWorker): void => worker.postMessage(message)
  const hear = serve({ post, hello: () => {}, read, open: (module) => import(/* @vite-ignore */ module), now }, tasks)
  worker.addEventListener('message', ({ data }: MessageEvent) => hear(data))
  // The page hears of errors that nobody caught, but not of these.
  worker.addEventListener('unhandledrejection', ({ reason }: PromiseRejectionEvent) => {
    post({ goGoScope: 'crash', error: encodeError(reason, true) })
  })
  holdLock((lock) => post(lock === undefined ? { goGoScope: 'hello' } : { goGoScope: 'hello', lock }))
}

async function read(text: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([`${head}(${text})${tail}`], { type: 'text/javascript' }))
  try {
    const module: { readonly default: unknown } = await import(/* @vite-ignore */ url)
    return module.default
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Holds a lock for as long as the worker lives: that the page gets it is the only sign of its end. */
function holdLock(held: (name: string | undefined) => void): void {
  if (typeof navigator !== 'object' || navigator.locks === undefined) return held(undefined)
  const name = `go-go-scope:worker:${[...randomBytes(16)].join('.')}`
  const forEver = new Promise<never>(() => {})
  const request = navigator.locks.request(name, () => {
    held(name)
    return forEver
  })
  request.catch(() => held(undefined)) // refused in pages of no origin
}
