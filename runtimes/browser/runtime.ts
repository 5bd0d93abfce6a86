/** A browser's window or worker as a host. */
import type { HostEvents, Runtime } from '../../src/runtime.js'
import { log, now, randomBytes } from '../generic/web.js'

const events: HostEvents = {
  onHidden(fn) {
    // Workers have no document, hence are never hidden.
    if (typeof document === 'undefined') return () => {}
    const listener = () => {
      if (document.visibilityState === 'hidden') fn()
    }
    document.addEventListener('visibilitychange', listener)
    return () => document.removeEventListener('visibilitychange', listener)
  },
}

export const host: Runtime = { name: 'browser', now, randomBytes, log, events }
