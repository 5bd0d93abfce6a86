import assert from 'node:assert/strict'

const ended: string[] = []
const readPages = async function* (signal: AbortSignal) {
  try {
    for (let page = 1; ; page++) {
      signal.throwIfAborted()
      await new Promise((later) => setTimeout(later, 1))
      yield `page ${page}`
    }
  } finally {
    ended.push('source')
  }
}

// #region show
import { scoped, toReadableStream } from 'go-go-scope'

export const handler = scoped(
  async (s, request: Request) => {
    const lines = s.channel<Uint8Array>(4)
    const encoder = new TextEncoder()

    // Goes on after the handler has returned, for as long as somebody reads.
    s.task(async ({ signal }) => {
      for await (const page of readPages(signal)) {
        if (!(await lines.send(encoder.encode(`${page} of ${request.url}\n`))))
          return
      }
    })

    return new Response(toReadableStream(lines), {
      headers: { 'content-type': 'text/plain' },
    })
  },
  { timeout: 60_000 },
)
// #endregion show

let left: Promise<unknown> = Promise.resolve()
const context = {
  waitUntil: (promise: Promise<unknown>) => void (left = promise),
}
const response = await handler(new Request('http://pages/'), context)
const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
assert.match(String((await reader?.read())?.value), /^page 1 of/)
assert.deepEqual(ended, [])
await reader?.cancel()
await left
assert.deepEqual(ended, ['source'])
