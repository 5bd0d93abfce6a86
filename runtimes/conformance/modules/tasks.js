/** Tasks that the suite runs in workers, exposed as users of bundlers do. */
import { expose } from 'go-go-scope'

export const add = ({ data: [a, b] }) => a + b

const inScopesOnly = ['services', 'context', 'task', 'shield']

export async function describe(context) {
  const { data, attempt, logger, progress } = context
  const others = ['signal', 'checkpoint', ...inScopesOnly].filter((name) => name in context)
  logger.info('describing', { data })
  progress.update(50)
  return { data, attempt, others, percentage: progress.get().percentage }
}

/** Fails in every way that an error can carry. */
export function fail() {
  const cause = new TypeError('the cause', { cause: 'its own cause' })
  throw Object.assign(new RangeError('too far', { cause }), { code: 'E_FAR', _tag: 'Far' })
}

/** Grows until there is no more memory; in steps, since in one long loop Node 24 may give up the whole process with the worker. */
export function grow() {
  const kept = []
  setInterval(() => {
    for (let i = 0; i < 200; i++) kept.push(new Array(1_000).fill(i))
  })
  return new Promise(() => {})
}

expose({ add, describe, fail, grow })
