/** Node.js as a host. */
import type { Runtime } from '../../src/runtime.js'
import { processEvents } from '../generic/process-events.js'
import { log, now, randomBytes, unref } from '../generic/web.js'

export const host: Runtime = { name: 'node', now, randomBytes, log, unref, events: processEvents }
