/** The job with files, in a process that gets killed. */
import { writeSync } from 'node:fs'
import { FileCheckpointProvider } from 'go-go-scope'
import { job } from './job.mjs'

await job(new FileCheckpointProvider(process.argv[2]), (what, value) => void writeSync(1, `${what} ${value}\n`))
