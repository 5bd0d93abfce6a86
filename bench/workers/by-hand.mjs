/** The work, for a worker by hand: an answer to each message. */
import { parentPort } from 'node:worker_threads'
import { echo, fail, goOn, primes } from './jobs.mjs'

const jobs = { echo, fail, goOn, primes }

parentPort.on('message', ({ id, name, data }) => {
  try {
    parentPort.postMessage({ id, value: jobs[name]({ data }) })
  } catch (error) {
    parentPort.postMessage({ id, error })
  }
})
