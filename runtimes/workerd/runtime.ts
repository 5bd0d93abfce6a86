/** Cloudflare's workerd as a host: no process to hold open, no signals, a clock that stands still between I/O. */
import type { Runtime } from '../../src/runtime.js'
import { clone, log, now, randomBytes } from '../generic/web.js'

export const host: Runtime = { name: 'workerd', now, randomBytes, log, clone, isolatesRequests: true }
