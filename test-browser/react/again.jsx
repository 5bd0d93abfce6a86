/** What React does with a mounted component besides removing it: hides it, shows it again, and replaces its code. */
import { assert } from 'chai'
import { scope } from 'go-go-scope'
import { ScopeProvider, useDebouncedTask, useScope, useTask } from 'go-go-scope/react'
import * as React from 'react'
import { performReactRefresh, register, setSignature } from 'react-refresh/runtime'
import { major, mount, questions, quiet, until } from './kit.jsx'

const { Activity, useEffect, useLayoutEffect } = React

export function refreshed(it, mode) {
  it('fast refresh replaces the code: the old run is cancelled, the scope is another one', async () => {
    const { ask, last } = questions()
    const made = []
    let child
    let run
    const define = (version) => {
      function Child({ ref_ }) {
        useLayoutEffect(() => {
          child = ref_.current // before the effects of the component it belongs to
        }, [ref_])
        return null
      }
      function Part() {
        const ref = useScope({ name: version })
        useEffect(() => {
          made.push(ref.current)
        }, [ref])
        const task = useTask(({ signal }) => ask(version, signal), [])
        run = task.run
        return (
          <>
            {`${version} ${task.status} ${task.value ?? ''}`}
            <Child ref_={ref} />
          </>
        )
      }
      for (const [name, type] of Object.entries({ Part, Child })) {
        register(type, `${mode.strict}${name}`)
        setSignature(type, 'the same hooks')
      }
      return Part
    }
    const Part = define('one')
    const page = await mount(<Part />, mode)
    await until(() => made.length === (mode.strict ? 2 : 1))
    last('one').answer('first')
    await until(() => page.text() === 'one done first')
    const shown = page.container.firstChild
    define('two')
    performReactRefresh()
    await until(() => page.text().startsWith('two'))
    assert.strictEqual(page.container.firstChild, shown, 'its state was kept')
    // React 19 does not run effects again here when its StrictMode renders twice.
    const again = !(mode.strict && major >= 19)
    if (!again) run()
    await until(() => last('two') !== undefined)
    assert.isTrue(made.slice(0, -1).every((each) => each.isDisposed))
    assert.strictEqual(made.length, mode.strict ? (again ? 3 : 2) : 2)
    assert.isFalse(made.at(-1).isDisposed)
    assert.strictEqual(child, made.at(-1))
    last('two').answer('second')
    await until(() => page.text() === 'two done second')
  })
}

export function hidden(it, mode) {
  // From React 19.2 on. Without it nothing hides a part and keeps its state.
  if (Activity === undefined) return

  it('a part that is hidden has no scope and no run; shown again it has new ones', async () => {
    const app = scope({ name: 'app' })
    const { asked, ask, last } = questions()
    const made = []
    const seen = new Set()
    function Part() {
      const ref = useScope({ name: 'part' })
      useEffect(() => {
        made.push(ref.current)
      }, [ref])
      const task = useTask(({ signal }) => ask('a', signal), [])
      seen.add(task.status)
      return `${task.status} ${task.value ?? ''}`
    }
    const element = (visible) => (
      <ScopeProvider scope={app}>
        <Activity mode={visible ? 'visible' : 'hidden'}>
          <Part />
        </Activity>
      </ScopeProvider>
    )
    const page = await mount(element(true), mode)
    const runs = mode.strict ? 2 : 1
    await until(() => asked.length === runs)
    page.render(element(false))
    await until(() => last('a').signal.aborted)
    await until(() => made.every((each) => each.isDisposed))
    last('a').answer('too late')
    await quiet()
    page.render(element(true))
    await until(() => asked.length > runs)
    assert.isFalse(made.at(-1).isDisposed)
    last('a').answer('again')
    await until(() => page.text() === 'done again')
    assert.deepEqual([...seen], ['pending', 'done'])
    page.unmount()
    for (const { answer } of asked) answer()
    await app[Symbol.asyncDispose]()
  })

  it('what was hidden from the start begins when it is shown, and ends when it is removed hidden', async () => {
    const { asked, ask } = questions()
    const controls = {}
    let ref
    function Part() {
      ref = useScope()
      Object.assign(
        controls,
        useDebouncedTask((text, { signal }) => ask(text, signal), { wait: 1 }),
      )
      const task = useTask(({ signal }) => ask('a', signal), [])
      return task.status
    }
    const app = scope({ name: 'app' })
    const page = await mount(
      <ScopeProvider scope={app}>
        <Activity mode="hidden">
          <Part />
        </Activity>
      </ScopeProvider>,
      mode,
    )
    await until(() => controls.run !== undefined)
    await quiet()
    assert.lengthOf(asked, 0)
    controls.run('asked while hidden')
    await until(() => asked.length === 1)
    const early = ref.current
    page.unmount()
    await until(() => early.isDisposed)
    await until(() => asked[0].signal.aborted)
    asked[0].answer()
    await app[Symbol.asyncDispose]()
  })
}
