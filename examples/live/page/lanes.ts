/** The two sources of a race, as lanes: how long each took, and how it ended. */
import { make } from './dom.js'

/** One lane. */
export interface Lane {
  /** Follows a request until it has ended, however it ends. */
  watch<T>(signal: AbortSignal, request: Promise<T>): Promise<T>
}

/** As wide as a lane gets, in milliseconds. */
const full = 1_500

/** Clears the list; the function gives the lane of a source. */
export function lanes(list: HTMLUListElement): (source: string) => Lane {
  list.replaceChildren()
  const rows = new Map<string, HTMLLIElement>()
  return (source) => {
    const row = rows.get(source) ?? laneRow(list, source)
    rows.set(source, row)
    return { watch: (signal, request) => watch(row, signal, request) }
  }
}

function laneRow(list: HTMLUListElement, source: string): HTMLLIElement {
  const row = make('li')
  row.dataset.source = source
  row.append(make('span', source, 'source'), make('meter'), make('span', '', 'outcome'))
  list.append(row)
  return row
}

async function watch<T>(row: HTMLLIElement, signal: AbortSignal, request: Promise<T>): Promise<T> {
  const start = performance.now()
  const show = (state: string, text: (ms: number) => string) => {
    const ms = Math.round(performance.now() - start)
    row.dataset.state = state
    const meter = row.querySelector('meter')
    if (meter)
      Object.assign(meter, { max: full, value: Math.min(full, ms), ariaLabel: `Time of the ${row.dataset.source}` })
    const outcome = row.querySelector('.outcome')
    if (outcome) outcome.textContent = text(ms)
  }
  show('running', () => 'asked')
  try {
    const answer = await request
    show('won', (ms) => `answered in ${ms} ms`)
    return answer
  } catch (error) {
    if (signal.aborted) show('cancelled', (ms) => `cancelled at ${ms} ms`)
    else show('failed', (ms) => `failed at ${ms} ms`)
    throw error
  }
}
