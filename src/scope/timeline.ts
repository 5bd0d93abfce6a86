/** Lets the tasks of a scope and of those below it be drawn in the host's performance panel. */

import { Late } from '../base/late.js'
import { watch } from './attach.js'
import type { ScopeCore } from './core.js'

/** What draws is loaded with the first task that settles: it waits for that, and loses none. */
const drawing: Late<typeof import('./draw.js')> = /* @__PURE__ */ new Late(() => import('./draw.js'))

/** Begins with the scope; children inherit it. Where the host has no such panel nothing happens. */
export function beginTimeline(core: ScopeCore): void {
  const { host } = core
  const { measure } = host
  for (let above = core.parent; above !== undefined; above = above.parent) if (above.options.timeline) return
  if (measure === undefined) return
  const begun = new WeakMap<object, { readonly queued: number; attempts: number }>()
  watch(core, (event, task, detail) => {
    const seen = begun.get(task)
    if (event === 'queued') begun.set(task, { queued: host.now(), attempts: 0 })
    else if (event === 'started' && seen !== undefined)
      seen.attempts = detail as number // as the event has it
    else if (event === 'settled') {
      const end = host.now()
      const { queued = end, attempts = 0 } = seen ?? {}
      const report = (error: unknown): void => core.report(error, 'timeline')
      drawing
        .load()
        .then(({ draw }) => draw(measure, task, { queued, end, attempts }))
        .then(undefined, report)
    }
  })
}
