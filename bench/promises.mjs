/**
 * What a way promises, checked through the same public API before it is timed: what is quick because it does less is marked.
 *
 * Most ways here take functions and give their values in order, or reject: `(bodies, { signal }) => values`. A body gets `{ signal }`
 * where the way has one to give.
 */
import { isDeepStrictEqual } from 'node:util'
import { setImmediate as macrotask, setTimeout as after } from 'node:timers/promises'

/** Milliseconds that a check may take; one that hangs has its answer. */
const patience = 3_000

/** @returns {Promise<string | undefined>} what the way does not keep */
export async function brokenPromise(promises = [], way) {
  const broken = []
  for (const { breaks, keeps } of promises) if (!(await isKept(keeps, way))) broken.push(breaks)
  return broken.length === 0 ? undefined : broken.join('; ')
}

async function isKept(keeps, way) {
  const end = new AbortController()
  const tooLate = after(patience, false, { signal: end.signal }).catch(() => false)
  try {
    return await Promise.race([keeps(way), tooLate])
  } catch {
    return false
  } finally {
    end.abort()
  }
}

/** Lets everything happen that needs no timer, and what needs a short one. */
export async function turns(count = 20) {
  for (let turn = 0; turn < count; turn++) await macrotask()
}

/** Whether a promise rejects. */
export const rejects = (promise) =>
  promise.then(
    () => false,
    () => true,
  )

/** Some take a turn, some take a few, and the last ones are there first. */
export const everyValueOnce = {
  breaks: 'values are lost, doubled or out of order',
  async keeps(way) {
    let calls = 0
    const numbers = Array.from({ length: 50 }, (_, at) => at)
    const bodies = numbers.map((at) => async () => {
      calls++
      for (let turn = at % 7; turn > 0; turn--) await undefined
      return at
    })
    return isDeepStrictEqual(await way(bodies), numbers) && calls === numbers.length
  },
}

export const everyFailure = {
  breaks: 'a rejection with undefined is lost',
  // What is thrown is not an Error on purpose: a Result or a callback with `if (error)` would lose it.
  keeps: (way) => rejects(way([() => Promise.reject()])),
}

/** At most so many run at once, and not one after another either. */
export const within = (limit) => ({
  breaks: `more than ${limit} run at once, or only one`,
  async keeps(way) {
    let running = 0
    let most = 0
    const crowded = async () => {
      most = Math.max(most, ++running)
      await turns(3)
      running--
    }
    await way(Array(limit * 3).fill(crowded))
    return most > 1 && most <= limit
  },
})

/** Starts more bodies than are let in at once, cancels, and sees what they were told and what was started afterwards. */
async function cancelled(way) {
  const seen = { started: 0, told: 0 }
  const { promise: gate, resolve: open } = Promise.withResolvers()
  const controller = new AbortController()
  const waiting = (context) => {
    seen.started++
    context?.signal?.addEventListener('abort', () => seen.told++, { once: true })
    return gate
  }
  // The parameter is named, and its function has one: that tells some libraries to make a signal.
  const bodies = Array.from({ length: 30 }, () => (context) => waiting(context))
  const outcome = way(bodies, { signal: controller.signal }).catch(() => {})
  await turns()
  const before = seen.started
  controller.abort(new Error('enough'))
  await turns()
  const { told } = seen
  open()
  await outcome
  return { told, before, after: seen.started }
}

export const bodiesAreTold = {
  breaks: 'a cancelled body is not told, and goes on',
  async keeps(way) {
    const { told, before } = await cancelled(way)
    return before > 0 && told === before
  },
}

export const nothingStarts = {
  breaks: 'what waits for its turn is started after the cancellation',
  async keeps(way) {
    const { before, after: started } = await cancelled(way)
    return before > 0 && started === before
  },
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

/** Whether the work leaves no timer behind. */
export async function leavesNoTimer(work) {
  const before = timers()
  await work()
  await turns(2)
  return timers() <= before
}

/** For ways that take milliseconds as their second argument. */
export const timeIsUp = {
  breaks: 'a body whose time is up is not told, and goes on',
  async keeps(way) {
    let told = false
    const body = (context) =>
      new Promise((resolve) => {
        context?.signal?.addEventListener('abort', () => {
          told = true
          resolve()
        })
        // Those which are not told end too.
        after(200).then(resolve)
      })
    return (await rejects(way([(context) => body(context)], 10))) && told
  },
}

export const noTimerIsLeft = {
  breaks: 'a timer is left over',
  keeps: (way) => leavesNoTimer(() => way([async () => 1], 60_000)),
}
