/** `useTask`. */
import { assert } from 'chai'
import { AbortError, isCancelled, scope, SupersededError, TimeoutError } from 'go-go-scope'
import { ScopeProvider, useScope, useTask } from 'go-go-scope/react'
import { Component, startTransition, Suspense, useEffect, useLayoutEffect, useState } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server.browser'
import { mount, questions, quiet, takeComplaints, until } from './kit.jsx'

export function tasks(it, mode) {
  const runs = mode.strict ? 2 : 1

  /** Shows a user; says what it has shown in `log`, and hands its controls out. */
  function makeUser(ask, { options, log = [], controls = {} } = {}) {
    return function User({ id }) {
      const user = useTask(({ signal }) => ask(id, signal), [id], options)
      Object.assign(controls, user)
      useLayoutEffect(() => {
        log.push(`${id}:${user.status}:${user.value ?? user.error?.message ?? ''}`)
      })
      return `${user.status} ${user.value ?? user.error?.message ?? ''}`
    }
  }

  it('is pending from the first render, then done', async () => {
    const { asked, ask, last } = questions()
    const log = []
    const User = makeUser(ask, { log })
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    assert.strictEqual(page.text(), 'pending ')
    assert.strictEqual(last('a').signal.aborted, false)
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
    assert.deepEqual([...new Set(log)], ['a:pending:', 'a:done:Ann'])
  })

  it('the run that effects run twice have ended is cancelled and never shown', async () => {
    const { asked, ask } = questions()
    const User = makeUser(ask)
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    for (const [at, question] of asked.entries()) {
      assert.strictEqual(question.signal.aborted, at < runs - 1)
      question.answer(`answer ${at}`)
    }
    await until(() => page.text() === `done answer ${runs - 1}`)
    await quiet()
    assert.strictEqual(page.text(), `done answer ${runs - 1}`)
  })

  it('with other dependencies the old run is cancelled and its answer never shown', async () => {
    const { asked, ask, last } = questions()
    const log = []
    const User = makeUser(ask, { log })
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
    page.render(<User id="b" />)
    await until(() => last('b') !== undefined)
    assert.strictEqual(page.text(), 'pending ')
    page.render(<User id="c" />)
    await until(() => last('c') !== undefined)
    assert.isTrue(last('b').signal.aborted)
    assert.instanceOf(last('b').signal.reason, AbortError)
    last('c').answer('Cy')
    last('b').answer('Bob')
    await until(() => page.text() === 'done Cy')
    await quiet()
    assert.strictEqual(page.text(), 'done Cy')
    const outdated = log.filter((line) => !['', 'Ann'].includes(line.split(':')[2]) && !/^c:done:Cy$/.test(line))
    assert.deepEqual(outdated, [])
    assert.isEmpty(log.filter((line) => line.startsWith('b:') && line !== 'b:pending:'))
  })

  it('the previous value is there for those who ask for it', async () => {
    const { ask, last } = questions()
    const controls = {}
    const User = makeUser(ask, { controls })
    const page = await mount(<User id="a" />, mode)
    await until(() => last('a') !== undefined)
    await quiet()
    assert.isUndefined(controls.previous)
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
    page.render(<User id="b" />)
    await until(() => page.text() === 'pending ')
    assert.strictEqual(controls.previous, 'Ann')
  })

  it('a failure is a state, from which retry starts again', async () => {
    const { asked, ask, last } = questions()
    const controls = {}
    const User = makeUser(ask, { controls })
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    controls.retry()
    await quiet()
    assert.lengthOf(asked, runs, 'retry starts nothing beside a run')
    const failure = new Error('no network')
    last('a').fail(failure)
    await until(() => page.text() === 'failed no network')
    assert.strictEqual(controls.error, failure)
    controls.retry()
    await until(() => asked.length === runs + 1)
    await until(() => page.text() === 'pending ')
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
  })

  it('cancel is shown as such; run starts again and supersedes', async () => {
    const { asked, ask, last } = questions()
    const controls = {}
    const User = makeUser(ask, { controls })
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    controls.cancel()
    await until(() => page.text() === 'cancelled Task cancelled')
    assert.isTrue(isCancelled(controls.error))
    controls.run()
    controls.run()
    await until(() => asked.length === runs + 2)
    assert.instanceOf(asked.at(-2).signal.reason, SupersededError)
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
  })

  it('a manual one waits to be run', async () => {
    const { asked, ask, last } = questions()
    const controls = {}
    const User = makeUser(ask, { controls, options: { manual: true } })
    const page = await mount(<User id="a" />, mode)
    await until(() => page.text() === 'idle ')
    await quiet()
    assert.lengthOf(asked, 0)
    controls.run()
    await until(() => page.text() === 'pending ')
    last('a').answer('saved')
    await until(() => page.text() === 'done saved')
    page.render(<User id="b" />)
    await until(() => page.text() === 'idle ')
  })

  it('unmounting cancels; nothing is shown, and the controls do nothing any more', async () => {
    const { asked, ask, last } = questions()
    const controls = {}
    const log = []
    const User = makeUser(ask, { controls, log })
    const page = await mount(<User id="a" />, mode)
    await until(() => asked.length === runs)
    page.unmount()
    assert.isTrue(last('a').signal.aborted)
    last('a').answer('Ann')
    const before = log.length
    await quiet()
    controls.run()
    controls.retry()
    controls.cancel()
    await quiet()
    assert.lengthOf(asked, runs)
    assert.lengthOf(log, before)
  })

  it('what listens to the abort of an unmounted component may set the state of another', async () => {
    let show
    const listen = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          show('cancelled')
          resolve()
        }),
      )
    function Child() {
      useTask(listen, [])
      const own = useScope()
      useEffect(() => {
        void own.current.task(listen)
      }, [own])
      return null
    }
    function Page({ child }) {
      const [shown, setShown] = useState('')
      show = setShown
      return (
        <>
          {shown}
          {child && <Child />}
        </>
      )
    }
    const page = await mount(<Page child />, mode)
    show('')
    await quiet()
    page.render(<Page />)
    await until(() => page.text() === 'cancelled')
  })

  it('the task belongs to the provided scope: its services, limits and end', async () => {
    const app = scope({ name: 'app', concurrency: 1 }).provide('api', { find: (id) => `user ${id}` })
    const running = []
    function User({ id }) {
      const user = useTask(
        async ({ services, signal }) => {
          running.push(id)
          if (id === 'slow') await new Promise((resolve) => signal.addEventListener('abort', resolve))
          return services.api.find(id)
        },
        [id],
        { scope: app },
      )
      return <p>{`${user.status} ${user.value ?? ''}`}</p>
    }
    const page = await mount(
      <ScopeProvider scope={app}>
        <User id="1" />
        <User id="2" />
      </ScopeProvider>,
      mode,
    )
    await until(() => page.text() === 'done user 1done user 2')
    page.render(
      <ScopeProvider scope={app}>
        <User id="slow" />
        <User id="2" />
      </ScopeProvider>,
    )
    await until(() => running.includes('slow'))
    app.cancel(new AbortError('signed out'))
    await until(() => page.text() === 'cancelled done user 2')
    page.unmount()
    await app[Symbol.asyncDispose]()
  })

  it('where another scope is provided, the task moves there', async () => {
    const [first, second] = [scope({ name: 'first' }), scope({ name: 'second' })]
    const { asked, ask, last } = questions()
    function User() {
      const user = useTask(({ context, signal }) => ask(context.who, signal), [])
      return `${user.status} ${user.value ?? ''}`
    }
    const element = (app) => (
      <ScopeProvider scope={app}>
        <User />
      </ScopeProvider>
    )
    const page = await mount(element(scope({ context: { who: 'Ann' }, parent: first })), mode)
    last('Ann').answer('Ann')
    await until(() => page.text() === 'done Ann')
    page.render(element(scope({ context: { who: 'Bob' }, parent: second })))
    await until(() => last('Bob') !== undefined)
    await until(() => page.text() === 'pending ')
    last('Bob').answer('Bob')
    await until(() => page.text() === 'done Bob')
    page.unmount()
    for (const { answer } of asked) answer()
    for (const app of [first, second]) await app[Symbol.asyncDispose]()
  })

  it('options are those of tasks: a timeout fails, a retry tries again', async () => {
    let attempts = 0
    function Part() {
      const task = useTask(
        () => {
          attempts++
          return new Promise(() => {})
        },
        [],
        { timeout: 20, scope: quick },
      )
      return `${task.status} ${task.error instanceof TimeoutError}`
    }
    const quick = scope({ gracePeriod: 0, logger: { debug() {}, info() {}, warn() {}, error() {} } })
    const page = await mount(<Part />, mode)
    await until(() => page.text() === 'failed true')
    assert.strictEqual(attempts, runs)
    page.unmount()
    await quick[Symbol.asyncDispose]()
  })

  it('a render that is thrown away starts nothing', async () => {
    const { asked, ask } = questions()
    const controls = {}
    const User = makeUser(ask, { controls })
    let open = false
    let resolve
    const gate = new Promise((done) => (resolve = done))
    function Gate() {
      if (!open) throw gate
      return null
    }
    const page = await mount(
      <Suspense fallback="wait">
        <User id="a" />
        <Gate />
      </Suspense>,
      mode,
    )
    await until(() => page.text() === 'wait')
    await quiet()
    assert.lengthOf(asked, 0)
    assert.throws(() => controls.run(), /before it is mounted/)
    open = true
    resolve()
    await until(() => asked.length === runs)
  })

  it('a transition that waits leaves the old screen and its run alone', async () => {
    const { ask, last } = questions()
    const User = makeUser(ask)
    const ready = new Set(['a'])
    let resolve
    const gate = new Promise((done) => (resolve = done))
    let choose
    function Page() {
      const [id, setId] = useState('a')
      choose = setId
      return (
        <Suspense fallback="wait">
          <User id={id} />
          <Gate id={id} />
        </Suspense>
      )
    }
    function Gate({ id }) {
      if (!ready.has(id)) throw gate
      return null
    }
    const page = await mount(<Page />, mode)
    await until(() => last('a') !== undefined)
    startTransition(() => choose('b'))
    await quiet()
    assert.isUndefined(last('b'), 'nothing starts for a screen that is not there')
    assert.isFalse(last('a').signal.aborted)
    last('a').answer('Ann')
    await until(() => page.text() === 'done Ann')
    ready.add('b')
    resolve()
    await until(() => last('b') !== undefined)
    assert.strictEqual(page.text(), 'pending ')
  })

  it('no commit shows two answers, even when one comes amid a long render', async () => {
    const { ask, last } = questions()
    const torn = []
    function Slow({ value }) {
      const end = performance.now() + 3
      while (performance.now() < end);
      return <i>{value}</i>
    }
    let again
    let page
    function Page() {
      const task = useTask(({ signal }) => ask('a', signal), [])
      const [, setCount] = useState(0)
      again = () => setCount((count) => count + 1)
      useLayoutEffect(() => {
        const all = page?.container.querySelectorAll('i') ?? []
        const shown = new Set(Array.from(all, (each) => each.textContent))
        if (shown.size > 1) torn.push([...shown])
      })
      return 'abcdefghijklmnopqrst'
        .split('')
        .map((key) => <Slow key={key} value={`${task.status} ${task.value ?? ''}`} />)
    }
    page = await mount(<Page />, mode)
    await until(() => last('a') !== undefined)
    startTransition(again)
    await new Promise((resolve) => setTimeout(resolve, 10)) // amid the render
    last('a').answer('Ann')
    await until(() => page.container.querySelector('i')?.textContent === 'done Ann')
    assert.isEmpty(torn)
  })

  it('on a server it is pending and starts nothing; hydrated, it runs', async () => {
    const { asked, ask, last } = questions()
    const User = makeUser(ask)
    const html = renderToString(<User id="a" />)
    assert.strictEqual(html, 'pending ')
    await quiet()
    assert.lengthOf(asked, 0)
    assert.isEmpty(takeComplaints().filter((line) => !line.includes('useLayoutEffect does nothing on the server')))
    const container = document.createElement('div')
    container.innerHTML = html
    const root = hydrateRoot(container, <User id="a" />)
    await until(() => asked.length === 1)
    last('a').answer('Ann')
    await until(() => container.textContent === 'done Ann')
    root.unmount()
    assert.isTrue(asked.length === 1)
  })

  it('misuse is thrown while rendering, with what to do', () => {
    assert.throws(() => useTask(() => 1), TypeError, 'Cannot use task: deps must be an array, got undefined')
    const provide = (given) => () => renderToString(<ScopeProvider scope={given} />)
    assert.throws(provide(undefined), TypeError, /must be a scope or what useScope returns, got undefined/)
    assert.throws(provide(null), TypeError, /got null/)
  })

  it('misuse of options is thrown where an error boundary catches it', async () => {
    class Boundary extends Component {
      state = { error: undefined }
      static getDerivedStateFromError = (error) => ({ error })
      render() {
        return this.state.error?.message ?? this.props.children
      }
    }
    function Part() {
      useTask(() => 1, [], { timeout: -1 })
      return 'fine'
    }
    // React 18 throws it to the page as well, whatever boundary there is.
    const { onerror } = window
    window.onerror = () => true
    try {
      const page = await mount(
        <Boundary>
          <Part />
        </Boundary>,
        mode,
      )
      await until(() => /timeout must be/.test(page.text()))
      await quiet()
    } finally {
      window.onerror = onerror
    }
    takeComplaints() // React tells of the error too
  })
}
