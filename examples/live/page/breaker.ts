/** A circuit breaker before the Worker, shown as it is, that heals by itself. */
import { type CircuitBreaker, type CircuitState, circuitBreaker, type Scope } from 'go-go-scope'
import type { Backend } from './backend.js'
import { element, make } from './dom.js'

const explanation: Readonly<Record<CircuitState, string>> = {
  closed: 'Calls pass.',
  open: 'Calls are refused at once. The service is asked again in 3 s.',
  'half-open': 'One call is let through, to see how the service is.',
}

/** Makes the breaker that search and details share. */
export function breaker(s: Scope, backend: Backend): CircuitBreaker {
  const shared = circuitBreaker({
    failureThreshold: 3,
    resetTimeout: 3_000,
    onStateChange(from, to) {
      show(to)
      if (from === 'closed') heal()
    },
  })

  /** Asks how the service is, whenever the breaker lets a call through, until it is well. */
  function heal(): void {
    s.task(
      async ({ task }) => {
        while (shared.state !== 'closed') {
          await s.delay(shared.resetTimeout)
          await task(({ signal }) => backend.get('health', { signal }), { id: 'probe', circuitBreaker: shared })
        }
      },
      { id: 'heal' },
    )
  }

  show(shared.state)
  return shared
}

/** Marks the state, and notes it in the list of those before. */
function show(state: CircuitState): void {
  const states = element('breaker-states', HTMLUListElement)
  for (const each of states.children) {
    if (each.getAttribute('data-state') === state) each.setAttribute('aria-current', 'true')
    else each.removeAttribute('aria-current')
  }
  element('breaker-text', HTMLElement).textContent = explanation[state]
  const history = element('breaker-history', HTMLOListElement)
  history.append(make('li', state))
  while (history.children.length > 8) history.firstElementChild?.remove()
}
