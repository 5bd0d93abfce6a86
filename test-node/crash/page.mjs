/** The job with IndexedDB, in a page of a browser that gets killed. */
import { IndexedDBCheckpointProvider } from 'go-go-scope'
import { job } from './job.mjs'

await job(new IndexedDBCheckpointProvider(), (what, value) =>
  fetch(`/tell?line=${encodeURIComponent(`${what} ${value}`)}`),
)
