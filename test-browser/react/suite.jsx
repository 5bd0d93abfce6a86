/** The hooks in one version of React, with StrictMode and without. */
import './refresh.js'
import { version } from 'react'
import { hidden, refreshed } from './again.jsx'
import { channels } from './channel.jsx'
import { debouncedTasks } from './debounced.jsx'
import { checked } from './kit.jsx'
import { scopes } from './scope.jsx'
import { tasks } from './task.jsx'

for (const strict of [false, true])
  describe(`React ${version}${strict ? ', StrictMode' : ''}`, () => {
    for (const topic of [scopes, tasks, debouncedTasks, channels, hidden, refreshed])
      topic((name, fn) => it(name, () => checked(fn)), { strict })
  })
