/** `useScope` and `ScopeProvider`. */
import { assert } from 'chai'
import { AbortError, scope, ScopeDisposedError } from 'go-go-scope'
import { ScopeProvider, useScope } from 'go-go-scope/react'
import { assertNothingLeft } from 'go-go-scope/testing'
import { Suspense, useEffect, useLayoutEffect } from 'react'
import { mount, quiet, until } from './kit.jsx'

export function scopes(it, mode) {
  /** A component that hands its scope out. */
  function Owner({ into, options, children }) {
    const ref = useScope(options)
    useEffect(() => {
      into.push(ref.current)
    }, [ref, into])
    return children ?? null
  }

  it('a component has one scope from mounting to unmounting, below the provided one', async () => {
    const app = scope({ name: 'app' })
    const made = []
    const cleaned = []
    const page = await mount(
      <ScopeProvider scope={app}>
        <Owner into={made} options={{ name: 'part' }} />
      </ScopeProvider>,
      mode,
    )
    await until(() => made.length === (mode.strict ? 2 : 1))
    const live = made.at(-1)
    live.onDispose(() => cleaned.push('part'))
    assert.include(app.debugTree(), 'part')
    const running = live.task(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
    page.unmount()
    const [error] = await running
    assert.instanceOf(error, AbortError)
    await until(() => cleaned.length === 1)
    await until(() => !app.debugTree().includes('part'))
    assertNothingLeft({ scopes: made })
    await app[Symbol.asyncDispose]()
  })

  it('effects run twice make a second scope and end the first', async () => {
    const made = []
    await mount(<Owner into={made} />, mode)
    await until(() => made.length === (mode.strict ? 2 : 1))
    assert.deepEqual(
      made.map((each) => each.isDisposed),
      mode.strict ? [true, false] : [false],
    )
  })

  it('a child may use the scope in its effects, which run before those of its parent', async () => {
    const seen = []
    function Child({ ref_ }) {
      useLayoutEffect(() => {
        seen.push(['layout', ref_.current])
      }, [ref_])
      useEffect(() => {
        seen.push(['effect', ref_.current])
      }, [ref_])
      return null
    }
    const made = []
    function Parent() {
      const ref = useScope()
      useEffect(() => {
        made.push(ref.current)
      }, [ref])
      return <Child ref_={ref} />
    }
    const page = await mount(<Parent />, mode)
    await until(() => made.length === (mode.strict ? 2 : 1))
    assert.strictEqual(seen.at(-1)[1], made.at(-1))
    assert.strictEqual(seen.at(-2)[1], made.at(-1))
    page.unmount()
    await until(() => seen.every(([, each]) => each.isDisposed))
  })

  it('scopes below a component are children of its scope, whichever was asked for first', async () => {
    const inner = []
    function Outer() {
      const ref = useScope({ name: 'outer' })
      return (
        <ScopeProvider scope={ref}>
          <Owner into={inner} options={{ name: 'inner' }} />
        </ScopeProvider>
      )
    }
    const page = await mount(<Outer />, mode)
    await until(() => inner.length === (mode.strict ? 2 : 1))
    const live = inner.at(-1)
    assert.isFalse(live.isDisposed)
    page.unmount()
    await Promise.resolve()
    assert.isTrue(live.isDisposed, 'in the turn of the removal')
  })

  it('it is not there while rendering, nor once the component is unmounted', async () => {
    const errors = []
    let ref
    function Eager() {
      ref = useScope({ name: 'eager' })
      try {
        if (errors.length === 0) ref.current
      } catch (error) {
        errors.push(error)
      }
      return 'there'
    }
    const page = await mount(<Eager />, mode)
    await until(() => page.text() === 'there')
    assert.match(errors[0].message, /before it is mounted/)
    page.unmount()
    assert.throws(() => ref.current, ScopeDisposedError, /eager/)
  })

  it('a render that is thrown away makes no scope', async () => {
    const app = scope({ name: 'app' })
    const made = []
    const gate = { open: false, promise: undefined }
    const whenOpen = new Promise((resolve) => {
      gate.resolve = () => {
        gate.open = true
        resolve()
      }
    })
    function Late() {
      useScope({ name: 'late', timeout: 60_000 })
      if (!gate.open) throw whenOpen
      return 'here'
    }
    const page = await mount(
      <ScopeProvider scope={app}>
        <Suspense fallback="wait">
          <Late />
          <Owner into={made} options={{ name: 'sibling' }} />
        </Suspense>
      </ScopeProvider>,
      mode,
    )
    await until(() => page.text() === 'wait')
    await quiet()
    assert.notInclude(app.debugTree(), 'late')
    assert.notInclude(app.debugTree(), 'sibling')
    gate.resolve()
    await until(() => page.text() === 'here')
    await until(() => app.debugTree().split('late').length === 2)
    page.unmount()
    await app[Symbol.asyncDispose]()
    assertNothingLeft({ scopes: made })
  })

  it('a cleanup that throws is told to the logger of the scope', async () => {
    const told = []
    const logger = { debug() {}, info() {}, warn() {}, error: (...args) => told.push(args) }
    const made = []
    const page = await mount(<Owner into={made} options={{ logger }} />, mode)
    await until(() => made.length === (mode.strict ? 2 : 1))
    const failure = new Error('cannot close')
    made.at(-1).onDispose(() => {
      throw failure
    })
    page.unmount()
    await until(() => told.length > 0)
    await quiet()
    assert.lengthOf(told, 1)
    assert.include(told[0][0], 'disposal of the scope of a component')
    assert.strictEqual(told[0].at(-1), failure)
  })

  it('one that somebody has disposed of is replaced when it is asked for again', async () => {
    const made = []
    let ref
    function Part() {
      ref = useScope()
      return <Owner into={made} />
    }
    await mount(<Part />, mode)
    await until(() => made.length > 0)
    const first = ref.current
    await first[Symbol.asyncDispose]()
    assert.notStrictEqual(ref.current, first)
    assert.isFalse(ref.current.isDisposed)
  })
}
