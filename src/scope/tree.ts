/** Draws the live scopes below one, as text or as a Mermaid diagram. */

import { oneOf } from '../base/options.js'

/** How to draw. */
export interface DebugTreeOptions {
  /** Default: `ascii`. */
  readonly format?: 'ascii' | 'mermaid'
  /** Shows concurrency, circuit breaker and number of live tasks, where there are any. Default: true. */
  readonly includeStats?: boolean
  /** Lists the live tasks too: for how long they have run, in which attempt, and why one is cancelled. Default: false. */
  readonly tasks?: boolean
}

/** A scope as the drawing sees it. */
export interface TreeScope {
  readonly id: number
  readonly name: string
  readonly state: 'live' | 'aborted' | 'disposed'
  readonly concurrency: number | undefined
  readonly hasBreaker: boolean
  readonly tasks: readonly string[]
  readonly children: readonly TreeScope[]
}

interface Line {
  readonly scope: TreeScope
  readonly lead: string
  readonly branch: string
}

const icons: Readonly<Record<TreeScope['state'], string>> = { live: '📦', aborted: '⚠️', disposed: '💀' }

/** The drawing. */
export function drawTree(root: TreeScope, options: DebugTreeOptions = {}): string {
  const format = oneOf('draw tree', 'format', options.format ?? 'ascii', ['ascii', 'mermaid'])
  return format === 'ascii' ? ascii(root, options) : mermaid(root, options)
}

function ascii(root: TreeScope, options: DebugTreeOptions): string {
  const lines: string[] = []
  const stack: Line[] = [{ scope: root, lead: '', branch: '' }]
  for (let line = stack.pop(); line !== undefined; line = stack.pop()) {
    const { scope, lead, branch } = line
    lines.push(`${lead}${branch}${label(scope, options)}`)
    const below = lead + (branch === '' ? '' : branch === '└─ ' ? '   ' : '│  ')
    const tasks = options.tasks === true ? scope.tasks : []
    tasks.forEach((task, at) => {
      const last = at === tasks.length - 1 && scope.children.length === 0
      lines.push(`${below}${last ? '└─ ' : '├─ '}${oneLine(task)}`)
    })
    const children = scope.children.map((child, at) => ({
      scope: child,
      lead: below,
      branch: at === scope.children.length - 1 ? '└─ ' : '├─ ',
    }))
    stack.push(...children.reverse())
  }
  return lines.join('\n')
}

function mermaid(root: TreeScope, options: DebugTreeOptions): string {
  const nodes: string[] = []
  const edges: string[] = []
  const scopes: TreeScope[] = [root]
  for (const scope of scopes) {
    const node = `scope_${scope.id}`
    nodes.push(`    ${node}["${escapeLabel(label(scope, options))}"]`)
    if (scope.state === 'disposed') nodes.push(`    style ${node} fill:#ffcccc,stroke:#cc0000`)
    if (scope.state === 'aborted') nodes.push(`    style ${node} fill:#ffeecc,stroke:#cc9900`)
    const tasks = options.tasks === true ? scope.tasks : []
    tasks.forEach((task, at) => {
      nodes.push(`    ${node}_task_${at + 1}("${escapeLabel(oneLine(task))}")`)
      edges.push(`    ${node} -.- ${node}_task_${at + 1}`)
    })
    for (const child of scope.children) {
      edges.push(`    ${node} --> scope_${child.id}`)
      scopes.push(child)
    }
  }
  return ['graph TD', ...nodes, ...edges].join('\n')
}

function label(scope: TreeScope, options: DebugTreeOptions): string {
  return `${icons[scope.state]} ${oneLine(scope.name)} (id: ${scope.id})${options.includeStats === false ? '' : stats(scope)}`
}

function stats({ concurrency, hasBreaker, tasks }: TreeScope): string {
  const shown = [
    concurrency === undefined ? '' : `concurrency:${concurrency}`,
    hasBreaker ? 'circuitBreaker' : '',
    tasks.length === 0 ? '' : `tasks:${tasks.length}`,
  ].filter((each) => each !== '')
  return shown.length === 0 ? '' : ` [${shown.join(', ')}]`
}

/** A name cannot break out of its line. */
function oneLine(name: string): string {
  return name.replace(/[\r\n\u2028\u2029]+/g, ' ')
}

/** Mermaid takes these characters as markup in a quoted label. */
function escapeLabel(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '"': '#quot;',
    '#': '#35;',
    '<': '#lt;',
    '>': '#gt;',
    '&': '#amp;',
  }
  return value.replace(/["#<>&]/g, (character) => entities[character] ?? '')
}
