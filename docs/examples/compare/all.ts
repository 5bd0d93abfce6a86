/** Runs the check on every solution. */
import { loadUsers as effect } from './effect.ts'
import { loadUsers as effection } from './effection.ts'
import { loadUsers as goGoScope } from './go-go-scope.ts'
import { loadUsers as pQueue } from './p-queue.ts'
import { check, type LoadUsers } from './problem.ts'
import { loadUsers as rxjs } from './rxjs.ts'

const solutions: Record<string, LoadUsers> = {
  goGoScope,
  pQueue,
  effect,
  effection,
  rxjs,
}

for (const [name, solution] of Object.entries(solutions)) {
  await check(solution).catch((cause) => {
    throw new Error(`${name} does something else`, { cause })
  })
}
