/** The inspector's element, and tasks in the browser's own performance panel. */
import { assert } from 'chai'
import { scope } from 'go-go-scope'
import { defineScopeInspector } from 'go-go-scope/inspector'

const tag = 'scope-inspector'
const early = document.createElement(tag) // before the tag is defined
const opened = []
const elements = []

/** A scope that ends with the test. */
function open(options) {
  const s = scope({ gracePeriod: 0, onAbandoned: () => {}, onUnhandled: () => {}, ...options })
  opened.push(s)
  return s
}

/** An element on the page, with a scope. */
function show(s, element = document.createElement(tag)) {
  elements.push(element)
  document.body.append(element)
  element.scope = s
  return element
}

/** Waits for what the next frames must bring. */
async function until(check, what) {
  const end = performance.now() + 8_000
  while (!check()) {
    if (performance.now() > end) throw new Error(`still not: ${what ?? check}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const rows = (element) => [...element.shadowRoot.querySelectorAll('[role=treeitem]')]
const part = (element, selector) => element.shadowRoot.querySelector(selector)
const texts = (element) => rows(element).map((row) => row.textContent)
const row = (element, words) => rows(element).find(({ textContent }) => textContent.includes(words))
const details = (element) =>
  [...part(element, '.details').querySelectorAll('h2, p:not([role]), li')].map((each) => each.textContent).join(' ')
const counts = (element) => part(element, '.counts').textContent
const press = (element, key) =>
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }))
const never = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const button = (element, text) =>
  [...element.shadowRoot.querySelectorAll('button')].find(({ textContent }) => textContent === text)
/** The one thing that watching leaves in a scope. */
const isWatched = (s) => s.probe !== undefined

function type(element, words) {
  const input = part(element, 'input')
  input.value = words
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('the inspector', () => {
  before(() => {
    early.scope = scope({ name: 'early' })
    opened.push(early.scope)
    defineScopeInspector()
    defineScopeInspector() // again does nothing
  })

  afterEach(async () => {
    for (const element of elements.splice(0)) element.remove()
    await Promise.all(opened.splice(0).map((s) => s[Symbol.asyncDispose]()))
  })

  it('takes a scope that was given before it was defined', async () => {
    const s = early.scope
    opened.push(s)
    elements.push(early)
    document.body.append(early)
    customElements.upgrade(early)
    await until(() => texts(early)[0]?.includes('early'))
    assert.strictEqual(early.scope, s)
  })

  it('draws what lives as a tree, and follows it', async () => {
    const s = open({ name: 'page', concurrency: 1 })
    const child = s.createChild({ name: 'search', circuitBreaker: {} })
    s.channel(3).trySend(1)
    const element = show(s)
    s.task(never, { id: 'running' })
    s.task(never, { id: 'waiting' })
    const jobs = child.channel(3)
    jobs.trySend(1)
    await until(() => row(element, 'waiting'), 'the task is shown')
    assert.deepEqual(
      rows(element).map((each) => [Number(each.getAttribute('aria-level')), each.textContent.slice(0, 8)]),
      [
        [1, '●page2 a'],
        [2, '▶running'],
        [2, '…waiting'],
        [2, '●search'],
        [3, '◆searchc'],
        [3, '⇄channel'],
      ],
    )
    assert.include(row(element, 'channel').textContent, '1/3 values')
    assert.include(row(element, '◆').textContent, 'closed · 0/5 failures')
    assert.match(counts(element), /1 queued · 1 running/)
    await child[Symbol.asyncDispose]()
    await until(() => row(element, 'search') === undefined, 'the child is gone')
    s.cancel(new Error('user left'))
    await until(() => row(element, 'page').textContent.match(/aborted.*Error: user left/))
  })

  it('shows names as text, whatever is in them', async () => {
    const name = '<img src=x onerror="window.hacked = true">'
    const s = open({ name })
    const element = show(s)
    s.task(never, { id: name })
    await until(() => rows(element).length === 2)
    assert.include(texts(element)[1], name)
    assert.isNull(part(element, 'img'))
    assert.isUndefined(window.hacked)
  })

  it('tells in full about what is chosen in the timeline by keys', async () => {
    const s = open({ name: 'page' })
    const element = show(s)
    let runs = 0
    const again = () => (++runs < 2 ? Promise.reject(new Error('busy')) : 'done')
    await s.task(again, { id: 'retried', retry: { max: 1, delay: 1 } })
    await s.task(() => Promise.reject(new TypeError('bad answer')), { id: 'broken' })
    await until(() => counts(element).includes('1 failed'))
    const canvas = part(element, 'canvas')
    press(canvas, 'End')
    assert.include(details(element), '✕ broken #2 in page')
    assert.include(details(element), 'TypeError: bad answer')
    assert.include(part(element, '[role=status]').textContent, 'broken')
    press(canvas, 'ArrowLeft')
    assert.include(details(element), '✓ retried #1 in page')
    assert.include(details(element), 'Attempt 1: Error: busy')
    press(canvas, 'Home')
    press(canvas, 'ArrowRight')
    assert.include(details(element), 'broken')
    press(canvas, 'Escape')
    assert.include(details(element), 'Choose a task')
  })

  it('is walked through with the keys of a tree', async () => {
    const s = open({ name: 'page' })
    s.createChild({ name: 'one' }).createChild({ name: 'below one' })
    s.createChild({ name: 'two' })
    const element = show(s)
    await until(() => rows(element).length === 4)
    const tree = part(element, '[role=tree]')
    rows(element)[0].focus()
    const current = () => element.shadowRoot.activeElement.textContent
    const walk = (key) => {
      press(element.shadowRoot.activeElement, key)
      return current()
    }
    assert.include(walk('ArrowDown'), 'one')
    assert.include(walk('ArrowRight'), 'below one')
    assert.include(walk('ArrowLeft'), 'one')
    assert.include(walk('ArrowLeft'), 'one')
    assert.strictEqual(row(element, 'one').getAttribute('aria-expanded'), 'false')
    assert.lengthOf(rows(element), 3)
    assert.include(walk('ArrowDown'), 'two')
    assert.include(walk('Home'), 'page')
    assert.include(walk('End'), 'two')
    assert.include(walk('ArrowUp'), 'one')
    assert.include(walk('ArrowRight'), 'one')
    assert.lengthOf(rows(element), 4)
    assert.lengthOf(tree.querySelectorAll('[tabindex="0"]'), 1)
    walk('Enter')
    assert.include(details(element), 'scope one')
  })

  it('shows what the filter asks for, in both panes', async () => {
    const s = open({ name: 'page' })
    const element = show(s)
    const names = ['apples', 'pears']
    for (const name of names) s.createChild({ name }).task(never, { id: `fetch ${name}` })
    await s.task(() => 1, { id: 'bananas' })
    await until(() => rows(element).length === 5)
    type(element, 'FETCH app')
    assert.deepEqual(
      rows(element).map(({ textContent }) => textContent.replace(/running.*|1 active/, '')),
      ['●page', '●apples', '▶fetch apples #1'],
    )
    press(part(element, 'canvas'), 'Home')
    assert.include(details(element), 'fetch apples')
    press(part(element, 'canvas'), 'ArrowRight')
    assert.include(details(element), 'fetch apples')
    type(element, 'succeeded')
    press(part(element, 'canvas'), 'End')
    assert.include(details(element), 'bananas')
    type(element, '')
    assert.lengthOf(rows(element), 5)
  })

  it('stands still while paused, and loses nothing', async () => {
    const s = open({ name: 'page' })
    const element = show(s)
    await s.task(() => 1)
    await until(() => counts(element) === '1 succeeded')
    const pause = button(element, 'Pause')
    pause.click()
    assert.strictEqual(pause.getAttribute('aria-pressed'), 'true')
    await s.task(() => 1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.strictEqual(counts(element), '1 succeeded')
    button(element, 'Resume').click()
    await until(() => counts(element) === '2 succeeded')
  })

  it('leaves nothing in a scope when that is taken away, or the element is', async () => {
    const s = open({ name: 'page' })
    const child = s.createChild()
    const element = show(s)
    assert.isTrue(isWatched(s) && isWatched(child))
    element.scope = null
    assert.isFalse(isWatched(s) || isWatched(child))
    assert.lengthOf(rows(element), 0)
    assert.strictEqual(counts(element), 'No scope attached')
    element.scope = s
    document.body.append(document.createElement('div'))
    document.body.lastElementChild.append(element) // moved
    await Promise.resolve()
    assert.isTrue(isWatched(s))
    element.parentElement.remove()
    await Promise.resolve()
    assert.isFalse(isWatched(s) || isWatched(child))
    document.body.append(element)
    assert.isTrue(isWatched(s))
    await until(() => texts(element)[0]?.includes('page'))
  })

  it('stays after the end of its scope, and shows another one', async () => {
    const s = open({ name: 'first' })
    const element = show(s)
    await s[Symbol.asyncDispose]()
    await until(() => row(element, 'first').textContent.includes('disposed'))
    element.scope = open({ name: 'second' })
    await until(() => texts(element)[0]?.includes('second'))
    assert.lengthOf(rows(element), 1)
  })

  it('refuses what is no scope', () => {
    const element = document.createElement(tag)
    elements.push(element)
    document.body.append(element)
    assert.throws(() => {
      element.scope = {}
    }, /Cannot inspect: scope must be a scope/)
    assert.throws(() => defineScopeInspector(''), RangeError)
  })

  it('follows the color-scheme of its place', async () => {
    const s = open({ name: 'page' })
    const lights = []
    for (const scheme of ['light', 'dark']) {
      const element = document.createElement(tag)
      element.style.colorScheme = scheme
      show(s, element)
      await until(() => rows(element).length === 1)
      const [red] = getComputedStyle(part(element, '.frame')).backgroundColor.match(/\d+/g)
      lights.push(Number(red))
    }
    assert.isAbove(lights[0], 200)
    assert.isBelow(lights[1], 60)
  })

  it('draws only what is in view, however much there is', async () => {
    const s = open({ name: 'page' })
    const element = show(s)
    for (let i = 0; i < 10_000; i++) s.task(never, { id: `t${i}` })
    await until(() => counts(element) === '10000 running')
    const { prototype } = CanvasRenderingContext2D
    const { fillRect } = prototype
    let drawn = 0
    prototype.fillRect = function (...args) {
      drawn++
      return fillRect.apply(this, args)
    }
    try {
      button(element, '+').click()
    } finally {
      prototype.fillRect = fillRect
    }
    assert.isAbove(drawn, 5)
    assert.isBelow(drawn, 500)
    assert.isBelow(rows(element).length, 100)
    assert.isAbove(part(element, '.timeline').scrollHeight, 10_000 * 20)
    const { width, height } = part(element, 'canvas')
    const { data } = part(element, 'canvas').getContext('2d').getImageData(0, 0, width, height)
    const colors = new Set()
    for (let i = 0; i < data.length; i += 4) colors.add(`${data[i]} ${data[i + 1]} ${data[i + 2]} ${data[i + 3]}`)
    assert.isAbove(colors.size, 3)
  })

  it('rests when nothing lives', async () => {
    const s = open({ name: 'page' })
    const element = show(s)
    await s.task(() => 1)
    await until(() => counts(element) === '1 succeeded')
    const { prototype } = CanvasRenderingContext2D
    const { clearRect } = prototype
    let frames = 0
    prototype.clearRect = function (...args) {
      frames++
      return clearRect.apply(this, args)
    }
    try {
      let before = -1
      for (let i = 0; i < 20 && before !== frames; i++) {
        before = frames
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      assert.strictEqual(before, frames)
    } finally {
      prototype.clearRect = clearRect
    }
  })
})

describe('timeline: true', () => {
  it('gives tasks to the performance panel as tracks, and leaves no entries in the page', async () => {
    const seen = []
    const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()))
    observer.observe({ type: 'measure' })
    const s = scope({ name: 'search', timeline: true })
    const before = performance.now()
    await s.task(() => new Promise((resolve) => setTimeout(resolve, 20)), { id: 'fetch' })
    await s.createChild({ name: 'details' }).task(() => Promise.reject(new Error('no')), { id: 'flag' })
    await until(() => seen.length === 2, 'both were measured')
    observer.disconnect()
    const [fetch, flag] = seen
    assert.strictEqual(fetch.name, 'fetch #1')
    assert.isAtLeast(fetch.startTime, before - 1)
    assert.isAtLeast(fetch.duration, 10)
    assert.deepInclude(fetch.detail.devtools, {
      dataType: 'track-entry',
      track: 'search',
      trackGroup: 'go-go-scope',
      color: 'primary',
    })
    assert.deepInclude(flag.detail.devtools, { track: 'details', color: 'error' })
    assert.deepInclude(flag.detail.devtools.properties, ['reason', 'Error: no'])
    assert.lengthOf(performance.getEntriesByType('measure'), 0)
    await s[Symbol.asyncDispose]()
  })
})
