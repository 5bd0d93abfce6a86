/** In what the hosts differ, each difference with its reason. */

/** The differences that tests may ask for. */
export interface Env {
  readonly name: 'node' | 'deno' | 'bun' | 'workerd' | 'browser'
  /** Bytes in use on the heap, `undefined` where the host does not tell them or tells them too coarsely. */
  readonly heapUsed: (() => number) | undefined
}

interface NodeLike {
  readonly process: { memoryUsage(): { readonly heapUsed: number } }
}

/** Read through a function: nothing is looked up while the suite is loaded. */
function heapOfNode(): number {
  return (globalThis as unknown as NodeLike).process.memoryUsage().heapUsed // only called where there is a process
}

/** The environments, by the runner that uses them. */
export const environments: Readonly<Record<Env['name'], Env>> = {
  node: { name: 'node', heapUsed: heapOfNode },
  // V8 as in Node; measuring it there once is enough, and Deno counts its own compiler's memory too.
  deno: { name: 'deno', heapUsed: undefined },
  // JavaScriptCore reports its heap as of the last collection, which nobody can ask for portably.
  bun: { name: 'bun', heapUsed: undefined },
  // Workers are not told how much memory they use.
  workerd: { name: 'workerd', heapUsed: undefined },
  // Only Chromium has performance.memory, rounded to hide what it says.
  browser: { name: 'browser', heapUsed: undefined },
}
