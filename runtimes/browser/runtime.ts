/** A browser's window or worker as a host. */
import type { HostEvents, Runtime, WorkerHost } from '../../src/runtime.js'
import { clone, log, now, randomBytes, onCollected } from '../generic/web.js'

/** Calls `fn` when the page changes to this state. Workers have no document, hence are never hidden. */
function onChangeTo(state: DocumentVisibilityState, fn: () => void): () => void {
  if (typeof document === 'undefined') return () => {}
  const listener = () => {
    if (document.visibilityState === state) fn()
  }
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

const events: HostEvents = {
  onHidden: (fn) => onChangeTo('hidden', fn),
  onVisible: (fn) => onChangeTo('visible', fn),
  isHidden: () => typeof document !== 'undefined' && document.visibilityState === 'hidden',
}

/** Loaded when the first task wants a worker; some workers have none below them. */
async function workers(): Promise<WorkerHost | undefined> {
  return typeof Worker === 'function' ? (await import('./web-workers.js')).workers : undefined
}

/** What was drawn is kept by the panel while it records; the page's own list of entries would grow without end. */
function measure(name: string, start: number, end: number, detail: object): void {
  performance.measure(name, { start, end, detail })
  performance.clearMeasures(name)
}

export const host: Runtime = { name: 'browser', now, randomBytes, log, onCollected, clone, workers, events, measure }
