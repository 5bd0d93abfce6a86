/** The search: one request when typing pauses, ranked in a worker, and never an answer to what is no longer asked. */
import { type CircuitBreaker, isCancelled, type RunContext, type Scope } from 'go-go-scope'
import type { Backend } from './backend.js'
import { combobox, type Suggestion } from './combobox.js'
import { count, element, listen, make } from './dom.js'
import { country } from './names.js'
import { type Ranked, type RankInput, type Ranking, rank } from './ranking.js'
import type { City, Found } from './types.js'

/** What the search needs. */
export interface SearchParts {
  readonly backend: Backend
  readonly breaker: CircuitBreaker
  /** Called with what was found, the best first. */
  onFound(cities: readonly City[]): void
  /** Called with the city that the visitor takes. */
  onTake(city: City): void
}

interface Answer extends Ranking {
  readonly text: string
  readonly total: number
}

const shown = 8

/** Starts it. */
export function search(s: Scope, parts: SearchParts): void {
  const input = element('query', HTMLInputElement)
  const order = element('order', HTMLSelectElement)
  const box = combobox(s, input, element('results', HTMLElement))
  const ask = s.debounce(question(s, parts), { wait: 200, latest: true })

  const show = (answer: Answer) => {
    box.show(answer.ranked.slice(0, shown).map((city) => suggestion(city, () => parts.onTake(city))))
    parts.onFound(answer.ranked)
    say(
      answer.total === 0
        ? `No city has a word that begins with ${answer.text}`
        : `${found(answer.total)} for ${answer.text}`,
    )
    showCost(answer)
  }
  const clear = () => {
    ask.cancel()
    box.clear()
    parts.onFound([])
    say('')
  }
  const change = async () => {
    const text = input.value.trim()
    if (text === '') return clear()
    input.ariaBusy = 'true'
    const [error, answer] = await ask(text, order.value === 'company' ? 'company' : 'match')
    if (isCancelled(error)) return // a newer search is under way, or none is wanted any more
    input.ariaBusy = 'false'
    if (error) say(`${error.message}. Type on to try again.`)
    else show(answer)
  }
  listen(s, input, 'input', () => void change())
  listen(s, order, 'change', () => void change())
}

/** What the debounced function does: asks and ranks in a scope that ends when a newer question comes. */
function question(s: Scope, { backend, breaker }: SearchParts) {
  return async (text: string, by: RankInput['by'], { signal }: RunContext): Promise<Answer> => {
    await using call = s.createChild({ name: `search for ${text}`, signal })
    const [error, found] = await call.task(
      ({ signal }) => backend.get<Found>('search', { signal, search: { q: text } }),
      { id: 'request', timeout: 8_000, circuitBreaker: breaker },
    )
    if (error) throw error
    return { ...(await rank(call, { hits: found.hits, text, by })), text, total: found.total }
  }
}

function say(text: string): void {
  element('search-status', HTMLElement).textContent = text
}

function showCost({ ranked, ms, turns }: Ranking): void {
  const cost = element('rank-cost', HTMLElement)
  const time = `${count(Math.round(ms))} ms`
  cost.textContent = `Ranked ${count(ranked.length)} in ${time} in a worker; this thread had ${count(turns)} turns meanwhile`
  cost.dataset.turns = String(turns)
}

function suggestion(city: Ranked, take: () => void): Suggestion {
  const content = new DocumentFragment()
  content.append(make('span', city.name, 'name'), make('span', whereIs(city), 'where'))
  return { content, take }
}

function whereIs({ region, country: code }: City): string {
  return region === '' ? country(code) : `${region}, ${country(code)}`
}

const found = (total: number) => (total === 1 ? 'One city' : `${count(total)} cities`)
