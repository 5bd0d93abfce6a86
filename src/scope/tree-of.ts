/** The scopes below one, as the drawing sees them. */

import { CallNode } from '../task/call.js'
import { Task } from '../task/task.js'
import type { ScopeCore } from './core.js'
import type { TreeScope } from './tree.js'

/** A snapshot, taken in a loop since a tree may be deep. */
export function treeOf(root: ScopeCore): TreeScope {
  const made = snapshot(root)
  const pending: [ScopeCore, TreeScope[]][] = [[root, made.children]]
  for (const [core, children] of pending) {
    for (const child of core.children) {
      const node = snapshot(child)
      children.push(node)
      pending.push([child, node.children])
    }
  }
  return made
}

function snapshot(core: ScopeCore): TreeScope & { children: TreeScope[] } {
  const tasks = core.group.live().filter((call) => call instanceof Task)
  return {
    id: core.id,
    name: core.scopeName,
    state: core.isDisposed ? 'disposed' : core.aborted ? 'aborted' : 'live',
    concurrency: core.concurrency,
    hasBreaker: core.group.settings.breaker !== undefined,
    tasks: tasks.map(describe),
    children: [],
  }
}

/** The number of the attempt that goes on: the first, or one that hangs below the task. */
export function attemptOf({ firstChild }: Task<unknown>): number {
  return firstChild instanceof CallNode ? firstChild.attempt : 1
}

function describe(task: Task<unknown>): string {
  const { name, index, status, isStarted, isSettled, error } = task
  const attempt = attemptOf(task)
  const words = [
    status,
    isStarted && `${isSettled ? 'runs on, ' : ''}${((task.host.now() - task.startedAt) / 1_000).toFixed(1)}s`,
    attempt > 1 && `attempt ${attempt}`,
    error?.message,
  ]
  return `${name} #${index} (${words.filter(Boolean).join(', ')})`
}
