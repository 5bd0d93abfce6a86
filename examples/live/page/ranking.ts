/** Ranks what was found in a Web Worker, and tells how the page got on meanwhile. */
import { type Scope, type WorkerContext, workerTasks } from 'go-go-scope'
import type { City } from './types.js'

/** What is to be ranked, and for what. */
export interface RankInput {
  readonly hits: readonly City[]
  readonly text: string
  readonly by: 'match' | 'company'
}

/** A city with how many other hits are near it. */
export interface Ranked extends City {
  readonly company: number
}

/** The best first. */
export interface Ranking {
  readonly ranked: readonly Ranked[]
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** How often the page's own thread had its turn meanwhile. */
  readonly turns: number
}

const worker = workerTasks<{ rank(context: WorkerContext<RankInput>): readonly Ranked[] }>({
  create: () => new Worker(new URL('./ranking-worker.js', import.meta.url), { type: 'module' }),
})

/** Ranks off the main thread; `s` ends the work with itself. */
export async function rank(s: Scope, input: RankInput): Promise<Ranking> {
  const start = performance.now()
  let turns = 0
  const stop = s.every(4, () => turns++)
  try {
    const [error, ranked] = await s.task(worker.rank, { id: 'rank', worker: true, data: input })
    if (error) throw error
    return { ranked, ms: performance.now() - start, turns }
  } finally {
    stop()
  }
}
