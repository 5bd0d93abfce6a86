/** The program of the library's own workers on servers; built into `thread-source.ts`. */
import { parentPort } from 'node:worker_threads'
import { serve } from '../../src/worker/serve.js'
import { homeOf } from './thread-home.js'

if (parentPort !== null) parentPort.on('message', serve(homeOf(parentPort), undefined))
