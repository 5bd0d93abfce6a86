/** In what the hosts differ, each difference with its reason. */

import type { DurableStorage } from '../generic/index.js'

/** The differences that tests may ask for. */
export interface Env {
  readonly name: 'node' | 'deno' | 'bun' | 'workerd' | 'browser'
  /** Bytes held on the heap, `undefined` where nobody can ask for a collection or be told what it left. */
  readonly heapUsed: (() => number) | undefined
  /** True where one request cannot wake another, so that nobody lines up: each asks by itself. */
  readonly isolatesRequests?: boolean
  /** Makes an empty folder, where there are files. */
  readonly openFolder?: () => { readonly path: string; remove(): void }
  /** The storage of the Durable Object that the tests run in, if they do. */
  readonly storage?: DurableStorage
  /** How tasks run in workers: on threads of a server or in workers of a page; `undefined` where there are none. */
  readonly workers: 'threads' | 'page' | undefined
  /** Makes a worker with little memory, `undefined` where its size cannot be limited. */
  readonly smallWorker: ((url: string) => unknown) | undefined
}

interface NodeLike {
  readonly process: {
    memoryUsage(): { readonly heapUsed: number }
    getBuiltinModule(name: 'node:v8'): { setFlagsFromString(flag: string): void }
    getBuiltinModule(name: 'node:vm'): { runInNewContext(code: string): () => void }
  }
}

let collect: (() => void) | undefined

/** After a full collection, so that what is left is what somebody holds. Nothing is looked up while the suite is loaded. */
function heapOfNode(): number {
  const { process } = globalThis as unknown as NodeLike // only called where there is a process
  if (collect === undefined) {
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
    collect = process.getBuiltinModule('node:vm').runInNewContext('gc')
  }
  collect()
  return process.memoryUsage().heapUsed
}

interface ThreadsLike {
  readonly process: {
    getBuiltinModule(name: 'node:worker_threads'): {
      readonly Worker: new (url: URL, options: { resourceLimits: { maxOldGenerationSizeMb: number } }) => unknown
    }
  }
}

function smallThread(url: string): unknown {
  const { process } = globalThis as unknown as ThreadsLike // only called where there is a process
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  return new Worker(new URL(url), { resourceLimits: { maxOldGenerationSizeMb: 48 } })
}

interface BunLike {
  readonly Bun: { gc(synchronous: boolean): void }
  readonly process: { memoryUsage(): { readonly heapUsed: number } }
}

function heapOfBun(): number {
  const { Bun, process } = globalThis as unknown as BunLike // only called in Bun
  Bun.gc(true)
  return process.memoryUsage().heapUsed
}

interface WithFiles {
  readonly process: {
    getBuiltinModule(name: 'node:fs'): {
      mkdirSync(path: string, options: { readonly recursive: boolean }): void
      mkdtempSync(prefix: string): string
      rmSync(path: string, options: { readonly recursive: boolean }): void
    }
  }
}

/** Below the build, which is what Deno may write to. */
function openFolder(): { readonly path: string; remove(): void } {
  const { process } = globalThis as unknown as WithFiles // only called where there are files
  const { mkdirSync, mkdtempSync, rmSync } = process.getBuiltinModule('node:fs')
  mkdirSync('build/scratch', { recursive: true })
  const path = mkdtempSync('build/scratch/')
  return { path, remove: () => rmSync(path, { recursive: true }) }
}

/** The environments, by the runner that uses them. */
export const environments: Readonly<Record<Env['name'], Env>> = {
  node: { name: 'node', heapUsed: heapOfNode, workers: 'threads', smallWorker: smallThread, openFolder },
  // V8 as in Node, where it is measured; a collection needs a flag on the command line.
  deno: { name: 'deno', heapUsed: undefined, workers: 'threads', smallWorker: smallThread, openFolder },
  // It knows resourceLimits and does not keep to them: the whole process would run out of memory.
  bun: { name: 'bun', heapUsed: heapOfBun, workers: 'threads', smallWorker: undefined, openFolder },
  // Workers are not told how much memory they use, and cannot make workers of their own.
  workerd: { name: 'workerd', heapUsed: undefined, workers: undefined, smallWorker: undefined, isolatesRequests: true },
  // Only Chromium has performance.memory, rounded to hide what it says. Nothing limits the memory of a worker.
  browser: { name: 'browser', heapUsed: undefined, workers: 'page', smallWorker: undefined },
}
