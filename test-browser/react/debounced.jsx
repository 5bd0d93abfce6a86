/** `useDebouncedTask`. */
import { assert } from 'chai'
import { scope } from 'go-go-scope'
import { ScopeProvider, useDebouncedTask } from 'go-go-scope/react'
import { mount, questions, quiet, until } from './kit.jsx'

export function debouncedTasks(it, mode) {
  function makeSearch(ask, controls, log = []) {
    return function Search({ wait = 5 }) {
      const search = useDebouncedTask((text, { signal }) => ask(text, signal), { wait })
      Object.assign(controls, search)
      log.push(`${search.status} ${search.value ?? ''}`)
      return `${search.status} ${search.value ?? search.error?.message ?? ''}`
    }
  }

  it('is idle, then asks once for a burst, with what was asked last', async () => {
    const { asked, ask, last } = questions()
    const search = {}
    const Search = makeSearch(ask, search)
    const page = await mount(<Search />, mode)
    await until(() => page.text() === 'idle ')
    for (const text of ['p', 'pa', 'par']) search.run(text)
    await until(() => page.text() === 'pending ')
    await until(() => asked.length === 1)
    last('par').answer('Paris')
    await until(() => page.text() === 'done Paris')
    assert.lengthOf(asked, 1)
  })

  it('the latest wins, in whatever order the answers come', async () => {
    const { asked, ask, last } = questions()
    const search = {}
    const log = []
    const Search = makeSearch(ask, search, log)
    const page = await mount(<Search />, mode)
    await until(() => page.text() === 'idle ')
    search.run('par')
    await until(() => asked.length === 1)
    search.run('ber')
    await until(() => asked.length === 2)
    assert.isTrue(last('par').signal.aborted)
    last('ber').answer('Berlin')
    last('par').answer('Paris')
    await until(() => page.text() === 'done Berlin')
    await quiet()
    assert.isEmpty(log.filter((line) => line.includes('Paris') || line.startsWith('cancelled')))
    search.run('rom')
    await until(() => page.text() === 'pending ')
    assert.strictEqual(search.previous, 'Berlin')
  })

  it('retry asks again at once for what has failed', async () => {
    const { asked, ask, last } = questions()
    const search = {}
    const Search = makeSearch(ask, search)
    const page = await mount(<Search />, mode)
    await until(() => page.text() === 'idle ')
    search.retry()
    search.run('par')
    await until(() => asked.length === 1)
    last('par').fail(new Error('no network'))
    await until(() => page.text() === 'failed no network')
    page.render(<Search wait={60_000} />)
    await quiet()
    search.retry()
    await until(() => asked.length === 2)
    last('par').answer('Paris')
    await until(() => page.text() === 'done Paris')
  })

  it('cancel drops what waits and what is under way', async () => {
    const { asked, ask, last } = questions()
    const search = {}
    const Search = makeSearch(ask, search)
    const page = await mount(<Search />, mode)
    await until(() => page.text() === 'idle ')
    search.run('par')
    search.cancel()
    await until(() => page.text() === 'cancelled Task cancelled')
    search.run('ber')
    await until(() => asked.length === 1)
    search.cancel()
    assert.isTrue(last('ber').signal.aborted)
    await until(() => page.text() === 'cancelled Task cancelled')
  })

  it('other options start afresh', async () => {
    const app = scope({ name: 'app' })
    const { asked, ask, last } = questions()
    const search = {}
    const Search = makeSearch(ask, search)
    const element = (wait) => (
      <ScopeProvider scope={app}>
        <Search wait={wait} />
      </ScopeProvider>
    )
    const page = await mount(element(60_000), mode)
    search.run('par')
    await until(() => page.text() === 'pending ')
    page.render(element(5))
    await until(() => page.text().startsWith('cancelled'))
    search.run('ber')
    await until(() => asked.length === 1)
    last('ber').answer('Berlin')
    await until(() => page.text() === 'done Berlin')
    page.unmount()
    await app[Symbol.asyncDispose]()
  })

  it('the function of the last render is called', async () => {
    const seen = []
    const controls = {}
    function Search({ word }) {
      const search = useDebouncedTask(
        (text) => {
          seen.push(`${word} ${text}`)
          throw new Error('try again')
        },
        { wait: 5 },
      )
      Object.assign(controls, search)
      return `${word} ${search.status}`
    }
    const page = await mount(<Search word="old" />, mode)
    await until(() => page.text() === 'old idle')
    controls.run('a')
    await until(() => page.text() === 'old failed')
    page.render(<Search word="new" />)
    await until(() => page.text() === 'new failed')
    controls.retry()
    await until(() => seen.length === 2)
    assert.deepEqual(seen, ['old a', 'new a'])
  })

  it('unmounting drops what waits and aborts what is under way, and leaves nothing in the scope', async () => {
    const app = scope()
    const { asked, ask, last } = questions()
    const search = {}
    const Search = makeSearch(ask, search)
    const element = (
      <ScopeProvider scope={app}>
        <Search />
      </ScopeProvider>
    )
    for (const at of ['wait', 'run']) {
      const page = await mount(element, mode)
      await until(() => page.text() === 'idle ')
      search.run(at)
      if (at === 'run') await until(() => asked.length === 1)
      page.unmount()
      await quiet()
      search.run('late')
      await quiet()
    }
    assert.lengthOf(asked, 1)
    assert.isTrue(last('run').signal.aborted)
    last('run').answer('too late')
    await quiet()
    await app[Symbol.asyncDispose]()
  })
}
