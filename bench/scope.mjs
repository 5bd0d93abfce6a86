/** A scope opened and disposed of, with nothing in it and with one task. */
import { scope } from 'go-go-scope'
import { bare, body, compare, elapsed, report } from './measure.mjs'

const count = 2_000
const many = (once) => () =>
  elapsed(async () => {
    for (let i = 0; i < count; i++) await once()
  })

/** The least that ends what it started: a signal for the work, and a set of the promises to wait for. */
async function byHand(start) {
  const controller = new AbortController()
  const running = new Set()
  try {
    return await start?.(running)
  } finally {
    controller.abort()
    await Promise.allSettled(running)
  }
}

const emptyByHand = () => byHand()
const oneByHand = () =>
  byHand((running) => {
    const task = bare(body)
    running.add(task)
    return task
  })

async function empty() {
  const s = scope()
  await s[Symbol.asyncDispose]()
}

async function withTask() {
  const s = scope()
  try {
    return await s.task(body)
  } finally {
    await s[Symbol.asyncDispose]()
  }
}

const options = { beside: 'AbortController + Set', rounds: 41, warmUp: 10 }

report(
  await compare('empty scope, opened and disposed', many(empty), many(emptyByHand), options),
  await compare('scope with one task', many(withTask), many(oneByHand), options),
)
