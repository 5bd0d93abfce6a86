/** The tree shows every live scope once, with its state, in text and in valid Mermaid. */

import { deferred, timed } from './fixtures.js'
import type { Kit } from './kit.js'

export function debugTree(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  const anonymous = (tree: string): string => tree.replaceAll(/\(id: \d+\)/g, '(id: n)')

  test("the reference's example prints as it stands there, with the right connectors", async () => {
    const parent = lib.scope({ name: 'root' })
    const child = parent.createChild({ name: 'child' })
    child.createChild({ name: 'grandchild' })
    assert.strictEqual(
      anonymous(parent.debugTree()),
      ['📦 root (id: n)', '└─ 📦 child (id: n)', '   └─ 📦 grandchild (id: n)'].join('\n'),
    )
    await parent[Symbol.asyncDispose]()
  })

  test('branches go on beside what is below them', async () => {
    const root = lib.scope({ name: 'root' })
    const [one, two] = [root.createChild({ name: 'one' }), root.createChild({ name: 'two' })]
    one.createChild({ name: 'below one' }).createChild({ name: 'deepest' })
    two.createChild({ name: 'below two' })
    assert.deepEqual(anonymous(root.debugTree()).split('\n'), [
      '📦 root (id: n)',
      '├─ 📦 one (id: n)',
      '│  └─ 📦 below one (id: n)',
      '│     └─ 📦 deepest (id: n)',
      '└─ 📦 two (id: n)',
      '   └─ 📦 below two (id: n)',
    ])
    assert.strictEqual(anonymous(two.debugTree()), '📦 two (id: n)\n└─ 📦 below two (id: n)')
    await root[Symbol.asyncDispose]()
  })

  test('ids are different for every scope', async () => {
    const root = lib.scope()
    for (let i = 0; i < 10; i++) root.createChild()
    const ids = [...root.debugTree().matchAll(/\(id: (\d+)\)/g)].map(([, id]) => id)
    assert.strictEqual(new Set(ids).size, 11)
    await root[Symbol.asyncDispose]()
  })

  test('icons tell live, aborted and disposed scopes apart', async () => {
    const root = lib.scope({ name: 'root' })
    const child = root.createChild({ name: 'child' })
    const gate = deferred()
    const busy = root.createChild({ name: 'busy' })
    busy.task(() => gate.promise)
    child.cancel()
    const done = busy[Symbol.asyncDispose]()
    const lines = root.debugTree().split('\n')
    assert.match(lines[0] ?? '', /^📦 root/)
    assert.match(lines[1] ?? '', /⚠️ child/)
    assert.match(lines[2] ?? '', /💀 busy/)
    gate.resolve()
    await done
    await root[Symbol.asyncDispose]()
    assert.match(root.debugTree(), /^💀 root/)
  })

  test('statistics show only what there is', async () => {
    const s = lib.scope({ name: 'all', concurrency: 10, circuitBreaker: {} })
    const gate = deferred()
    const tasks = [s.task(() => gate.promise), s.task(() => gate.promise)]
    assert.strictEqual(anonymous(s.debugTree()), '📦 all (id: n) [concurrency:10, circuitBreaker, tasks:2]')
    assert.strictEqual(anonymous(s.debugTree({ includeStats: false })), '📦 all (id: n)')
    gate.resolve()
    await Promise.all(tasks)
    await tasks[1]?.settled
    assert.strictEqual(anonymous(s.debugTree()), '📦 all (id: n) [concurrency:10, circuitBreaker]')
    await s[Symbol.asyncDispose]()
  })

  test('tasks are listed when asked for, with name and state, and not otherwise', async () => {
    const s = lib.scope({ name: 'root', concurrency: 1 })
    const gate = deferred()
    s.task(() => gate.promise, { id: 'worker' })
    s.task(() => 1, { id: 'waiter' })
    s.createChild({ name: 'child' })
    const lines = s.debugTree({ tasks: true }).split('\n')
    assert.lengthOf(lines, 4)
    assert.isTrue(lines.some((line) => /worker.*running/.test(line)))
    assert.isTrue(lines.some((line) => /waiter.*queued/.test(line)))
    assert.match(lines.at(-1) ?? '', /^└─ /)
    assert.notMatch(s.debugTree(), /worker/)
    gate.resolve()
    await s.join()
    assert.lengthOf(s.debugTree({ tasks: true }).split('\n'), 2)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'listed tasks say for how long they run, in which attempt, and why they were cancelled', async (clock) => {
    const s = lib.scope({ name: 'root', concurrency: 3 })
    const gate = deferred()
    let runs = 0
    s.task(() => gate.promise, { id: 'long' })
    s.task(() => (++runs < 2 ? Promise.reject(new Error('no')) : gate.promise), {
      id: 'twice',
      retry: { max: 1, delay: 9 },
    })
    const stubborn = s.task(() => gate.promise, { id: 'stubborn' })
    s.task(() => 1, { id: 'waiting\nlong' })
    await clock.advance(1_300)
    stubborn.cancel(new Error('not\nwanted'))
    assert.deepEqual(s.debugTree({ tasks: true }).split('\n').slice(1), [
      '├─ long #1 (running, 1.3s)',
      '├─ twice #2 (running, 1.3s, attempt 2)',
      '├─ stubborn #3 (cancelled, runs on, 1.3s, not wanted)',
      '└─ waiting long #4 (queued)',
    ])
    assert.lengthOf(s.debugTree({ format: 'mermaid', tasks: true }).split('\n'), 1 + 1 + 4 + 4)
    gate.resolve()
    await s.join()
    await s[Symbol.asyncDispose]()
  })

  test('Mermaid has a node and an edge for each scope', async () => {
    const root = lib.scope({ name: 'root' })
    root.createChild({ name: 'one' }).createChild({ name: 'below' })
    root.createChild({ name: 'two' }).cancel()
    const [head, ...lines] = root.debugTree({ format: 'mermaid' }).split('\n')
    assert.strictEqual(head, 'graph TD')
    const nodes = lines.filter((line) => /^ {4}scope_\d+\["[^"\n]*"\]$/.test(line))
    const edges = lines.filter((line) => /^ {4}scope_\d+ --> scope_\d+$/.test(line))
    const styles = lines.filter((line) => /^ {4}style scope_\d+ fill:#ffeecc,stroke:#cc9900$/.test(line))
    assert.lengthOf(nodes, 4)
    assert.lengthOf(edges, 3)
    assert.lengthOf(styles, 1)
    assert.lengthOf(lines, 8)
    const known = new Set(nodes.map((line) => /scope_\d+/.exec(line)?.[0]))
    for (const edge of edges) for (const [node] of edge.matchAll(/scope_\d+/g)) assert.isTrue(known.has(node))
    await root[Symbol.asyncDispose]()
  })

  test('names cannot break out of a Mermaid label or a line', async () => {
    for (const name of [
      'a"]b',
      '"',
      'end\n    evil --> evil',
      'x\r\ny',
      'x\ry',
      '<b>&amp;</b>',
      '`code`',
      '#quot;',
      'a;b',
      '[x](y)',
    ]) {
      const s = lib.scope({ name })
      s.task(() => new Promise<void>(() => {}), { id: name }).cancel()
      const lines = s.debugTree({ format: 'mermaid' }).split(/[\r\n]+/)
      assert.lengthOf(lines, 2, JSON.stringify(name))
      assert.match(lines[1] ?? '', /^ {4}scope_\d+\["[^"]*"\]$/)
      assert.notMatch(lines[1] ?? '', /<b>/)
      assert.lengthOf(s.debugTree().split(/[\r\n]+/), 1, `ascii ${JSON.stringify(name)}`)
    }
  })

  test('a tree 1 000 deep and 1 000 wide is drawn', async () => {
    const root = lib.scope()
    let deepest = root
    for (let i = 0; i < 1000; i++) {
      deepest = deepest.createChild()
      root.createChild()
    }
    assert.lengthOf(root.debugTree().split('\n'), 2001)
    assert.lengthOf(root.debugTree({ format: 'mermaid' }).split('\n'), 1 + 2001 + 2000)
    await root[Symbol.asyncDispose]()
  })

  test('an unknown format is refused', async () => {
    const s = lib.scope()
    assert.throws(() => s.debugTree({ format: 'svg' as never }), /^Cannot .+: format must be .+, got 'svg'$/)
    await s[Symbol.asyncDispose]()
  })
}
