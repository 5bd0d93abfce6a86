/** The custom element of examples/plain-dom: its scope lives while it is in the page. */
import { assert } from 'chai'
import { SearchBox } from '../examples/plain-dom/search-box.js'

async function until(condition) {
  const limit = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`Never came true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

it('a custom element searches, shows the latest only, and leaves nothing when it is removed', async () => {
  const asked = []
  const box = document.createElement('search-box')
  assert.instanceOf(box, SearchBox)
  box.innerHTML = '<input><ul></ul>'
  box.find = (text, signal) => new Promise((answer, fail) => asked.push({ text, signal, answer, fail }))
  const input = box.querySelector('input')
  const type = (text) => {
    input.value = text
    input.dispatchEvent(new Event('input'))
  }
  const shown = () => Array.from(box.querySelectorAll('li'), ({ textContent }) => textContent)

  document.body.append(box)
  type('b')
  type('be')
  await until(() => asked.length === 1)
  type('ber')
  await until(() => asked.length === 2)
  assert.isTrue(asked[0].signal.aborted)
  asked[1].answer(['Berlin', 'Bern'])
  asked[0].answer(['Brussels'])
  await until(() => shown().length === 2)
  assert.deepEqual(shown(), ['Berlin', 'Bern'])

  type('x')
  await until(() => asked.length === 3)
  asked[2].fail(new Error('offline'))
  await until(() => shown()[0] === 'That did not work: offline')

  type('par')
  await until(() => asked.length === 4)
  box.remove()
  assert.isTrue(asked[3].signal.aborted)
  asked[3].answer(['Paris'])
  type('late')
  await new Promise((resolve) => setTimeout(resolve, 250))
  assert.lengthOf(asked, 4)
  assert.deepEqual(shown(), ['That did not work: offline'])

  document.body.append(box)
  type('again')
  await until(() => asked.length === 5)
  asked[4].answer(['Vienna'])
  await until(() => shown()[0] === 'Vienna')
  box.remove()
})
