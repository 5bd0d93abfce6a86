/** The details of a city: two sources race, the loser is cancelled, and a failure is tried again. */
import { type CircuitBreaker, exponentialBackoff, isCancelled, type Scope } from 'go-go-scope'
import type { Backend } from './backend.js'
import { element, make } from './dom.js'
import { type Lane, lanes } from './lanes.js'
import { country } from './names.js'
import type { City, CityDetails } from './types.js'

/** What the panel needs. */
export interface DetailsParts {
  readonly backend: Backend
  readonly breaker: CircuitBreaker
  /** Called with each city that is opened. */
  onOpen(city: City): void
}

/** Makes the panel; the function opens a city in it, and what was under way for another one ends. */
export function details(s: Scope, { backend, breaker, onOpen }: DetailsParts): (city: City) => void {
  let view: Scope | undefined
  const status = element('details-status', HTMLElement)

  /** Asks both sources in a scope: the first good answer wins. */
  async function ask(view: Scope, city: City, lane: (name: string) => Lane): Promise<CityDetails> {
    const from =
      (source: string) =>
      ({ signal }: { readonly signal: AbortSignal }) =>
        lane(source).watch(signal, backend.get<CityDetails>(`city/${city.id}`, { signal, source }))
    const [error, answer] = await view.race([from('primary'), from('mirror')], { requireSuccess: true, timeout: 6_000 })
    if (error) throw error
    return answer
  }

  async function open(city: City): Promise<void> {
    void view?.[Symbol.asyncDispose]() // what it was doing is cancelled at once
    await using own = s.createChild({ name: `details of ${city.name}` })
    view = own
    const lane = lanes(element('lanes', HTMLUListElement))
    onOpen(city)
    heading(city)
    status.textContent = `Asking both sources about ${city.name}`
    const [error, answer] = await own.task(() => ask(own, city, lane), {
      id: 'race with retries',
      circuitBreaker: breaker,
      retry: {
        max: 3,
        delay: exponentialBackoff({ initial: 200, max: 2_000 }),
        onRetry: (_, attempt) => (status.textContent = `Attempt ${attempt} failed. Trying again.`),
      },
    })
    if (isCancelled(error)) return // another city was opened
    if (error) status.textContent = `No source has answered. ${reasonOf(error)}`
    else fill(answer, (near) => void open(near), status)
  }
  return (city) => void open(city)
}

/** Of an error that is made of several, the first says enough. */
function reasonOf(error: Error): string {
  const [first = error] = error instanceof AggregateError ? error.errors : []
  return first instanceof Error ? `${first.message}.` : ''
}

function heading(city: City): void {
  element('details', HTMLElement).dataset.state = 'open'
  element('details-name', HTMLElement).textContent = city.name
  element('details-where', HTMLElement).textContent = [city.region, country(city.country)].filter(Boolean).join(', ')
  element('details-nearest', HTMLOListElement).replaceChildren()
  element('details-place', HTMLElement).textContent = ''
}

function fill(city: CityDetails, open: (city: City) => void, status: HTMLElement): void {
  element('details-place', HTMLElement).textContent = `${degrees(city.lat, 'N', 'S')}, ${degrees(city.lng, 'E', 'W')}`
  const rows = city.nearest.map((near) => {
    const row = make('li')
    const button = make('button', near.name)
    button.type = 'button'
    button.addEventListener('click', () => open(near)) // goes with the button
    row.append(button, make('span', `${near.km.toFixed(near.km < 10 ? 1 : 0)} km`))
    return row
  })
  element('details-nearest', HTMLOListElement).replaceChildren(...rows)
  status.textContent = `The ${city.source} was first`
}

function degrees(value: number, plus: string, minus: string): string {
  return `${Math.abs(value).toFixed(4)}° ${value < 0 ? minus : plus}`
}
