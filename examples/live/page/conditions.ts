/** The switches that make the network bad. */
import type { Scope } from 'go-go-scope'
import { element, listen } from './dom.js'

/** There is no network, or there shall be none. */
export class OfflineError extends Error {
  readonly _tag = 'OfflineError'
  constructor() {
    super('You are offline')
  }
}

/** What the switches say. */
export interface Conditions {
  /** True while the browser, or the switch, says so. */
  readonly offline: boolean
  /** Aborts when the network goes; a new one from then on. */
  readonly online: AbortSignal
  /** What to ask of the backend for this request. */
  query(source?: string): URLSearchParams
}

/** Reads the switches; everything listens for as long as the scope lives. */
export function conditions(s: Scope): Conditions {
  const latency = element('latency', HTMLSelectElement)
  const failing = element('failing', HTMLInputElement)
  const slow = element('slow-primary', HTMLInputElement)
  const offline = element('offline', HTMLInputElement)
  let line = new AbortController()

  const isOffline = () => offline.checked || !navigator.onLine
  const change = () => {
    document.body.classList.toggle('is-offline', isOffline())
    element('network', HTMLElement).textContent = isOffline() ? 'Offline' : 'Online'
    if (!isOffline()) return
    line.abort(new OfflineError())
    line = new AbortController()
  }
  listen(s, offline, 'change', change)
  listen(s, window, 'offline', change)
  listen(s, window, 'online', change)
  change()

  return {
    get offline() {
      return isOffline()
    },
    get online() {
      return line.signal
    },
    query(source) {
      const wanted = new URLSearchParams()
      const delay = Number(latency.value) + (source === 'primary' && slow.checked ? 2_500 : 0)
      if (delay > 0) wanted.set('delay', String(delay))
      if (failing.checked) wanted.set('fail', '1')
      if (source !== undefined) wanted.set('source', source)
      return wanted
    },
  }
}
