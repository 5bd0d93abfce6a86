/** What the tests of the hooks are written with: a mounted tree, conditions that come true, promises that wait. */
import { StrictMode, useEffect, version } from 'react'
import { createRoot } from 'react-dom/client'

export const major = Number.parseInt(version, 10)

const roots = new Map()
const open = new Set()
const complaints = []

/** What was complained about since the last time. */
export const takeComplaints = () => complaints.splice(0)

function unmountAll() {
  for (const root of roots.keys()) root.unmount()
  roots.clear()
  for (const question of open) question.answer(undefined)
  open.clear()
}

/** Runs a test, unmounts everything, and fails when React, or anybody, has complained of what the test did not expect. */
export async function checked(fn) {
  const { error, warn } = console
  takeComplaints()
  console.error = console.warn = (...args) => complaints.push(args.map(String).join(' '))
  try {
    await fn()
    unmountAll()
    await turn()
  } finally {
    unmountAll()
    Object.assign(console, { error, warn })
  }
  const left = takeComplaints()
  if (left.length > 0) throw new Error(`The console has: ${left.join('\n')}`)
}

/** Comes after the element in the tree: when its effects have run, so have those of the element. */
function Probe({ onEffect }) {
  useEffect(onEffect, [onEffect])
  return null
}

/** Mounts an element in a container of its own; resolves when its effects have run. */
export async function mount(element, { strict }) {
  const container = document.createElement('div')
  const root = createRoot(container)
  roots.set(root, container)
  let ready = false
  const onEffect = () => {
    ready = true
  }
  const render = (next) => {
    const tree = (
      <>
        {next}
        <Probe onEffect={onEffect} />
      </>
    )
    root.render(strict ? <StrictMode>{tree}</StrictMode> : tree)
  }
  const unmount = () => {
    roots.delete(root)
    root.unmount()
  }
  render(element)
  await until(() => ready, 'the effects of the tree')
  return { container, render, unmount, text: () => container.textContent }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 2))

const shown = () => JSON.stringify(Array.from(roots.values(), ({ textContent }) => textContent))

/** Resolves when the condition is true; fails when it never is. */
export async function until(condition, what = String(condition)) {
  const limit = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`Never came true: ${what}; there is ${shown()}`)
    await turn()
  }
}

/** Lets everything happen that is going to: effects, renders, and timers of a frame. */
export async function quiet() {
  for (let turns = 0; turns < 10; turns++) await turn()
}

/** Calls of a function that are answered when the test says so. */
export function questions() {
  const asked = []
  const ask = (name, signal) =>
    new Promise((resolve, reject) => {
      const question = { name, signal, answer: resolve, fail: reject }
      asked.push(question)
      open.add(question)
    })
  return { asked, ask, last: (name) => asked.findLast((question) => question.name === name) }
}
