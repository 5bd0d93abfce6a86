/** Wraps a task's error into the class its caller asked for. */

import { markCancelled, UnknownError } from '../base/errors.js'
import { wrongType } from '../base/options.js'
import type { ErrorConstructorLike, TaskOptions } from './options.js'

/** Refuses what is no class, or both classes at once. */
export function checkErrorClasses({ errorClass, systemErrorClass }: TaskOptions): void {
  checkClass('errorClass', errorClass)
  checkClass('systemErrorClass', systemErrorClass)
}

function checkClass(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function')
    throw wrongType('start task', name, 'a class of errors', value)
}

/** The error as the caller gets it; a class that throws changes nothing and is reported. */
export function wrapError(
  error: Error,
  options: TaskOptions | undefined,
  cancelled: boolean,
  owner: { report(error: unknown, where: string): void },
): Error {
  if (options === undefined) return error
  try {
    const wanted = options.errorClass ?? (cancelled || !isSystemError(error) ? undefined : options.systemErrorClass)
    if (wanted === undefined || error instanceof wanted) return error
    return make(wanted, error, cancelled)
  } catch (thrown) {
    owner.report(thrown, 'errorClass')
    return error
  }
}

function make(wanted: ErrorConstructorLike<Error>, error: Error, cancelled: boolean): Error {
  const cause = error instanceof UnknownError && 'cause' in error ? error.cause : error
  const wrapped = new wanted(error.message, { cause })
  return cancelled ? markCancelled(wrapped) : wrapped
}

/** True for errors of no class of their own: plain ones, and those that stand for a thrown value. */
function isSystemError(error: Error): boolean {
  if (error instanceof UnknownError) return true
  const tag = (error as { readonly _tag?: unknown })._tag // an error may carry anything
  return tag === undefined && error.constructor === Error
}
