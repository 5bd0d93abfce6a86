/** The survey: a long job over all cities, saved as it goes, which goes on after a reload or in the next tab. */
import { type Checkpoint, exponentialBackoff, isCancelled, type Scope, type TaskContext } from 'go-go-scope'
import type { Backend } from './backend.js'
import { element, listen } from './dom.js'
import { type Progress, type SurveyView, surveyView } from './survey-view.js'

/** How many cities are asked for at once. */
const batch = 1_000

/** Whether the visitor has stopped it; what has been done is in the checkpoint. */
const wish = {
  get runs(): boolean {
    return localStorage.getItem('survey') === 'runs'
  },
  set runs(runs: boolean) {
    localStorage.setItem('survey', runs ? 'runs' : 'stopped')
  },
}

interface Batch {
  readonly total: number
  readonly countries: readonly string[]
}

/** Starts the panel, and goes on with a survey that was under way. */
export function survey(s: Scope, backend: Backend): void {
  const view = surveyView()
  const resumed = (checkpoint: Checkpoint) => view.resumed(checkpoint.data as Progress) // as `counting` saves it
  let run: Scope | undefined

  async function start(): Promise<void> {
    wish.runs = true
    view.runs()
    await using own = s.createChild({ name: 'survey' })
    run = own
    const [error, done] = await own.task(
      async () => {
        await using _ = await own.acquireLock('survey') // with two tabs open, the second one waits for the first
        const checkpoint = { onResume: resumed, maxCheckpoints: 2 }
        const [error, done] = await own.resumeTask('survey', counting(backend, view), { checkpoint })
        if (error) throw error
        return done
      },
      { id: 'hold the lock' },
    )
    if (isCancelled(error)) return // stopped, or the page was left
    wish.runs = false
    if (error) view.failed(error)
    else view.done(done)
  }

  listen(s, element('survey-start', HTMLButtonElement), 'click', () => void start())
  listen(s, element('survey-stop', HTMLButtonElement), 'click', () => {
    wish.runs = false
    run?.cancel()
    view.stopped()
  })
  if (wish.runs) void start()
}

/** The job: what is saved is where to go on, and what was counted so far. */
function counting(backend: Backend, view: SurveyView): (context: TaskContext) => Promise<Progress> {
  return async ({ checkpoint, task }) => {
    let done = (checkpoint?.data as Progress | undefined) ?? { next: 0, total: 0, counts: {} } // as saved below
    do {
      const { next } = done
      const [error, found] = await task(({ signal }) => ask(backend, next, signal), {
        id: `from ${next}`,
        retry: { max: Infinity, delay: exponentialBackoff({ initial: 200, max: 2_000 }), onRetry: view.trouble },
      })
      if (error) throw error
      done = add(done, found)
      await checkpoint?.save(done)
      view.progress(done)
    } while (done.next < done.total)
    return done
  }
}

function ask(backend: Backend, from: number, signal: AbortSignal): Promise<Batch> {
  return backend.get('bulk', { signal, search: { from: String(from), count: String(batch) } })
}

function add({ next, counts }: Progress, { total, countries }: Batch): Progress {
  const sum = { ...counts }
  for (const country of countries) sum[country] = (sum[country] ?? 0) + 1
  return { next: next + countries.length, total, counts: sum }
}
