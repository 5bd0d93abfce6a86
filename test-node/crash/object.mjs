/** The job with the storage of a Durable Object, told of in the lines of a response that streams. */
import { DurableObjectCheckpointProvider } from 'go-go-scope'
import { job } from './job.mjs'

export class Store {
  #storage

  constructor({ storage }) {
    this.#storage = storage
  }

  fetch() {
    const { readable, writable } = new TransformStream()
    const writer = writable.getWriter()
    const encoder = new TextEncoder()
    const tell = (what, value) => writer.write(encoder.encode(`${what} ${value}\n`))
    job(new DurableObjectCheckpointProvider(this.#storage), tell).finally(() => writer.close())
    return new Response(readable)
  }
}

export default {
  fetch: (request, { STORE }) => STORE.get(STORE.idFromName('job')).fetch(request),
}
