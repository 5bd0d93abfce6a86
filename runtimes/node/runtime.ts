/** Node.js as a host. */
import type { Runtime } from '../../src/runtime.js'
import { processHost } from '../generic/process-host.js'

export const host: Runtime = /* @__PURE__ */ processHost('node')
