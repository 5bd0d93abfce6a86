/**
 * How a body, an async function that may take `{ signal }`, is written for peers that do not take promises.
 *
 * Peers are devDependencies, in exact versions. The original `go-go-scope` is none: it is not in the npm registry.
 */
import { Effect } from 'effect'
import { until, useAbortSignal } from 'effection'

/** Effect makes a signal for a function that has a parameter. */
export const effectOf = (body) =>
  body.length === 0
    ? Effect.tryPromise({ try: body, catch: (error) => error })
    : Effect.tryPromise({ try: (signal) => body({ signal }), catch: (error) => error })

export const effectionOf = (body) =>
  body.length === 0
    ? () => until(body())
    : function* () {
        const signal = yield* useAbortSignal()
        return yield* until(body({ signal }))
      }
