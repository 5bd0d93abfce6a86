/** Asks a provider that must not decide whether a task goes on: one that throws or hangs is an answer like any other. */

import { after } from '../base/clock.js'
import { failure, type Result, success } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import { ProviderError, providerFailed } from '../persist/errors-provider.js'
import type { Call } from './layer.js'

/** How long a provider may take, in milliseconds. */
export const patience = 1_000

/** What is asked of which provider. */
export interface Question<T> {
  readonly provider: string
  readonly operation: string
  readonly key: string
  /** May throw. */
  ask(): PromiseLike<T> | T
}

/**
 * Resolves to the answer, or to an error that says what went wrong. With a call it does not outlast its abort: then it
 * rejects with that, in its turn.
 */
export function ask<T>(question: Question<T>, call?: Call): Promise<Result<ProviderError, T>> {
  const { provider, operation, key } = question
  return new Promise((resolve, reject) => {
    if (call?.abortError !== undefined) return reject(call.abortError)
    let undo: Undo = nothing
    const forget = call?.onAbort((error) => {
      undo()
      reject(error)
    })
    const settle = (result: Result<ProviderError, T>): void => {
      undo()
      forget?.()
      resolve(result)
    }
    const late = `has not answered within ${patience}ms`
    undo = after(patience, () => settle(failure(new ProviderError(provider, operation, key, late))))
    answerOf(question).then(
      (value) => settle(success(value)),
      (error: unknown) => settle(failure(providerFailed(provider, operation, key, error))),
    )
  })
}

async function answerOf<T>(question: Question<T>): Promise<T> {
  return question.ask()
}
