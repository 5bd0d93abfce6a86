/** What the drawing of a tree does that the conformance suite does not ask for. */
import { expect, test } from 'vitest'
import { scope } from '../runtimes/node/index.js'

test('a mermaid tree shows tasks when asked', async () => {
  const s = scope({ name: 'root', gracePeriod: 0, onAbandoned: () => {} })
  s.task(() => new Promise(() => {}), { id: 'say "hi"' })
  const drawn = s.debugTree({ format: 'mermaid', tasks: true })
  expect(drawn).toContain('_task_1("say #quot;hi#quot; #35;1 (running, 0.0s)")')
  await s[Symbol.asyncDispose]()
})
