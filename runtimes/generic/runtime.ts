/** A host of which nothing is known: portable parts only. */
import type { Runtime } from '../../src/runtime.js'
import { clone, log, now, randomBytes, unref } from './web.js'

export const host: Runtime = { name: 'generic', now, randomBytes, log, clone, unref }
