/**
 * How a scope ends. The order is the contract:
 * refuse new work, abort the subtree, wait for its bodies, dispose the children, run the cleanups, leave the parent.
 */

import { isCancelled, suppress, toError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import type { Aborted } from '../lifetime/cancellation.js'
import { ending } from '../lifetime/unseen.js'
import { currentSpawner } from '../task/body.js'
import type { TaskGroup } from '../task/group.js'
import { type ScopeCore, subtree } from './core.js'

/** Ends the scope; asked again, gives the same promise. */
export function dispose(core: ScopeCore): Promise<void> {
  return core.disposal ?? end(core)
}

/** `above` is what the end of its parent, which has waited for its bodies, has cancelled the scope with. */
function end(core: ScopeCore, above?: Aborted): Promise<void> {
  // Its first step calls users, who may ask again before there is a promise to give.
  if (core.isDisposed) return (core.disposal = new Promise((resolve) => (core.ending = resolve)))
  const disposal = exit(core, above)
  core.ending?.(disposal)
  return (core.disposal ??= disposal)
}

/** Waits until nothing in the subtree is running, without cancelling it. */
export async function join(core: ScopeCore): Promise<void> {
  const task = currentSpawner() // known until a body first awaits something
  if (task !== undefined && groups(core).includes(task.group))
    core.warn(`Task ${task.name} waits for itself if it awaits join() of its own scope`)
  for (;;) {
    const busy = groups(core).filter((group) => group.active > 0)
    if (busy.length === 0) return
    await Promise.all(busy.map((group) => group.quiet()))
  }
}

/** Cancels the subtree at once, and sees to the rest in turns of its own. */
function exit(core: ScopeCore, above: Aborted | undefined): Promise<void> {
  const { group } = core
  const before = group.told // what it was cancelled with before its end, if it was
  const disposed = ending(core)
  core.watched?.()
  group.refuse()
  group.abortAs(disposed)
  const waits = core.hooks.beforeDispose !== undefined || (above === undefined && isBusy(core))
  const ready = waits ? drain(core, above) : Promise.resolve()
  return ready.then(() =>
    hasNothingLeft(core) ? core.end() : leave(core, above ?? disposed, before === above ? undefined : before),
  )
}

async function drain(core: ScopeCore, above: Aborted | undefined): Promise<void> {
  if (core.hooks.beforeDispose !== undefined) await hook(core, 'beforeDispose')
  if (above === undefined) await Promise.all(groups(core).map((group) => group.drain()))
}

/** True for a scope of which nothing is left but its place in its parent. */
function hasNothingLeft(core: ScopeCore): boolean {
  const quiet = core.isChildless && core.cleanups.isEmpty && !core.group.hasUnobserved
  return quiet && core.spans === undefined && core.hooks.afterDispose === undefined
}

/** `cause` is what the scope was cancelled with before its end, `disposed` what that end tells its children. */
async function leave(core: ScopeCore, disposed: Aborted, cause: Aborted | undefined): Promise<void> {
  // Whoever awaits a task that has just settled goes on before its scope is torn down, and in time to look at its failure:
  // `await task` takes two turns, in an async function that is awaited itself some more.
  for (let turns = 0; turns < 3 && (core.group.hasUnobserved || !core.cleanups.isEmpty); turns++) await undefined
  const errors = unobserved(core)
  if (!core.isChildless) await endChildren(core, disposed, errors)
  if (!core.cleanups.isEmpty) errors.push(...(await core.cleanups.unwind()))
  core.end()
  if (core.spans !== undefined) endSpan(core, errors.length > 0 ? toError(suppress(errors)) : cause?.error)
  if (core.hooks.afterDispose !== undefined) await hook(core, 'afterDispose')
  if (errors.length > 0) throw suppress(errors)
}

/** The youngest first; their bodies were waited for together with ours. */
async function endChildren(core: ScopeCore, above: Aborted, errors: unknown[]): Promise<void> {
  for (const child of [...core.children].reverse()) {
    try {
      await (child.disposal ?? end(child, above))
    } catch (error) {
      errors.push(error)
    }
  }
}

/** The failures nobody looked at: those to throw are returned, the rest is reported. */
function unobserved(core: ScopeCore): unknown[] {
  const thrown: unknown[] = []
  const { onUnhandled } = core.options
  for (const task of core.group.takeUnobserved()) {
    const { name, index, failure } = task
    if (failure === undefined) continue
    if (onUnhandled === 'throw') thrown.push(failure)
    else if (onUnhandled === undefined) core.logger.error(`Task ${name} failed and nobody awaited its result`, failure)
    else {
      guard(
        () => onUnhandled(failure, { name, index, scopeName: core.scopeName }),
        (error) => core.report(error, 'onUnhandled callback'),
      )
    }
  }
  return thrown
}

function isBusy(core: ScopeCore): boolean {
  return core.isChildless ? core.group.active > 0 : groups(core).some((group) => group.active > 0)
}

/** The groups of the subtree. */
function groups(core: ScopeCore): TaskGroup[] {
  return core.isChildless ? [core.group] : subtree(core).map(({ group }) => group)
}

async function hook(core: ScopeCore, name: 'beforeDispose' | 'afterDispose'): Promise<void> {
  try {
    await core.hooks[name]?.()
  } catch (error) {
    core.report(error, `${name} hook`)
  }
}

/** The span of a scope that was cancelled is marked so; one that failed, or whose cleanups did, has the error. */
function endSpan(core: ScopeCore, error: Error | undefined): void {
  const cancelled = isCancelled(error)
  const outcome = error === undefined || cancelled ? { cancelled } : { error, cancelled }
  core.spans?.end(outcome, (thrown) => core.report(thrown, 'tracer'))
}
