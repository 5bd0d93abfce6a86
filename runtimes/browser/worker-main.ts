/** The program of the library's own workers in browsers; built into `worker-source.ts`. */
import { dedicatedWorker, serveIn } from '../generic/worker-scope.js'

const worker = dedicatedWorker()
if (worker !== undefined) serveIn(worker, undefined)
