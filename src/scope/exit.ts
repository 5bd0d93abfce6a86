/**
 * How a scope ends. The order is the contract:
 * refuse new work, abort the subtree, wait for its bodies, dispose the children, run the cleanups, leave the parent.
 */

import { AbortError, isCancelled, suppress, toError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import type { TaskGroup } from '../task/group.js'
import type { ScopeCore } from './core.js'

/** Ends the scope; asked again, gives the same promise. */
export function dispose(core: ScopeCore): Promise<void> {
  return end(core, groups(core))
}

/** `bodies` are the groups that are still to be waited for, `above` is what the parent's end has cancelled the scope with. */
function end(core: ScopeCore, bodies: readonly TaskGroup[], above?: Error): Promise<void> {
  if (core.disposal !== undefined) return core.disposal
  let begin: (ended: Promise<void>) => void = () => {}
  core.disposal = new Promise((resolve) => (begin = resolve)) // before the first step, which may call us again
  begin(exit(core, bodies, above))
  return core.disposal
}

/** Waits until nothing in the subtree is running, without cancelling it. */
export async function join(core: ScopeCore): Promise<void> {
  for (;;) {
    const busy = groups(core).filter((group) => group.active > 0)
    if (busy.length === 0) return
    await Promise.all(busy.map((group) => group.quiet()))
  }
}

async function exit(core: ScopeCore, bodies: readonly TaskGroup[], above: Error | undefined): Promise<void> {
  const { group, scopeName } = core
  const { abortError } = core // what it was cancelled with before its end, if it was
  group.refuse()
  const ending = new AbortError('Scope disposed', { scopeName })
  group.cancelWith(ending)
  await hook(core, 'beforeDispose')
  await Promise.all(bodies.map((each) => each.drain()))
  const errors = unobserved(core)
  for (const child of [...core.children].reverse()) {
    try {
      await end(child, [], above ?? ending) // its bodies were waited for together with ours
    } catch (error) {
      errors.push(error)
    }
  }
  errors.push(...(await core.cleanups.unwind()))
  group.end()
  core.end()
  core.parent?.children.delete(core)
  group.detachNode()
  const cancelled = abortError === above ? undefined : abortError
  endSpan(core, errors.length > 0 ? toError(suppress(errors)) : cancelled)
  await hook(core, 'afterDispose')
  if (errors.length > 0) throw suppress(errors)
}

/** The failures nobody looked at: those to throw are returned, the rest is reported. */
function unobserved(core: ScopeCore): unknown[] {
  const thrown: unknown[] = []
  const { onUnhandled } = core.options
  for (const task of core.group.takeUnobserved()) {
    const { name, index, failure } = task
    if (failure === undefined) continue
    if (onUnhandled === 'throw') thrown.push(failure)
    else if (onUnhandled === undefined)
      core.logger.error(`Task ${name} failed and nobody looked at its result`, failure)
    else attempt(core, 'onUnhandled callback', () => onUnhandled(failure, { name, index, scopeName: core.scopeName }))
  }
  return thrown
}

/** The groups of the subtree. */
function groups(core: ScopeCore): TaskGroup[] {
  const cores: ScopeCore[] = [core]
  for (const each of cores) for (const child of each.children) cores.push(child)
  return cores.map((each) => each.group)
}

async function hook(core: ScopeCore, name: 'beforeDispose' | 'afterDispose'): Promise<void> {
  try {
    await core.hooks[name]?.()
  } catch (error) {
    core.report(error, `${name} hook`)
  }
}

function attempt(core: ScopeCore, where: string, fn: () => unknown): void {
  guard(fn, (error) => core.report(error, where))
}

/** The span of a scope that was cancelled is marked so; one that failed, or whose cleanups did, has the error. */
function endSpan(core: ScopeCore, error: Error | undefined): void {
  const cancelled = isCancelled(error)
  const outcome = error === undefined || cancelled ? { cancelled } : { error, cancelled }
  core.spans?.end(outcome, (thrown) => core.report(thrown, 'tracer'))
}
