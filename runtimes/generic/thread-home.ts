/** The inside of a worker of `node:worker_threads`. */
import type { MessagePort } from 'node:worker_threads'
import type { WorkerHome } from '../../src/worker/serve.js'
import { now } from './web.js'

/** Functions are imported as data modules; the comment names them in stack traces, and tells Bun that it is JavaScript. */
const tail = '\n//# sourceURL=worker-task.js'

/** Compilers that keep names call this inside of functions. */
const head = 'var __name=(f)=>f;export default '

export function homeOf(port: MessagePort): WorkerHome {
  return {
    post: (message) => port.postMessage(message),
    hello: () => port.postMessage({ goGoScope: 'hello' }),
    async read(text) {
      const code = `${head}(${text})${tail}`
      const module: { readonly default: unknown } = await import(
        `data:text/javascript;charset=utf-8,${encodeURIComponent(code)}`
      )
      return module.default
    },
    open: (module) => import(module),
    now,
  }
}
