/** The rows in workerd, whose clock stands still while code runs: each request repeats one, and is timed from outside. */
import { names, open } from './rounds.mjs'

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url)
    const row = searchParams.get('row')
    if (row === null) return Response.json(names)
    // One request's promises are not another's: what a row needs is opened anew.
    await open(row)[searchParams.get('side')](Number(searchParams.get('times')))
    return new Response()
  },
}
