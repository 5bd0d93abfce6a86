/**
 * The live page. All that it does belongs to one scope: every request, timer, listener, worker and child scope ends with it,
 * and it ends with the page.
 */
import { IndexedDBCheckpointProvider, pageScope, WebLockProvider } from 'go-go-scope'
import { backend as backendIn } from './backend.js'
import { breaker as breakerFor } from './breaker.js'
import { conditions as switches } from './conditions.js'
import { details } from './details.js'
import { inspectorPane } from './inspector-pane.js'
import { worldMap } from './map.js'
import { search } from './search.js'
import { survey } from './survey.js'

const s = pageScope({
  name: 'page',
  persistence: {
    checkpoint: new IndexedDBCheckpointProvider({ name: 'live' }),
    lock: new WebLockProvider({ name: 'live' }),
  },
})
inspectorPane(s)

const backend = backendIn(switches(s))
const breaker = breakerFor(s, backend)
const map = worldMap(s)
const open = details(s, { backend, breaker, onOpen: map.point })
search(s, { backend, breaker, onFound: map.mark, onTake: open })
survey(s, backend)
