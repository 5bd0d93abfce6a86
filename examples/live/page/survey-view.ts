/** What the survey shows. */
import { count, element, make } from './dom.js'
import { country } from './names.js'

/** How far the survey is, as it is saved. */
export interface Progress {
  /** The first city that was not counted yet. */
  readonly next: number
  readonly total: number
  /** How many cities each country has so far. */
  readonly counts: Readonly<Record<string, number>>
}

/** What can be shown. */
export interface SurveyView {
  runs(): void
  resumed(from: Progress): void
  progress(now: Progress): void
  trouble(error: Error): void
  stopped(): void
  failed(error: Error): void
  done(result: Progress): void
}

const rows = 4

/** The panel's elements, as one thing. */
export function surveyView(): SurveyView {
  const status = element('survey-status', HTMLElement)
  const start = element('survey-start', HTMLButtonElement)
  const say = (text: string) => (status.textContent = text)
  const ended = (text: string, next: string) => {
    start.textContent = next
    running(false)
    say(text)
  }
  return {
    runs() {
      running(true)
      say('Counting the cities of each country')
    },
    resumed(from) {
      draw(from)
      say(`Went on from city ${count(from.next)}`)
      status.dataset.resumedFrom = String(from.next)
    },
    progress: draw,
    trouble: (error) => void say(`${error.message}. Trying again.`),
    stopped: () => ended('Stopped. What was counted is saved.', 'Go on'),
    failed: (error) => ended(`${error.message}. What was counted is saved.`, 'Try again'),
    done(result) {
      draw(result)
      ended('Done', 'Start again')
    },
  }
}

/** Shows the button that makes sense now; when the other one had the focus, this one gets it. */
function running(runs: boolean): void {
  const start = element('survey-start', HTMLButtonElement)
  const stop = element('survey-stop', HTMLButtonElement)
  const focused = document.activeElement === start || document.activeElement === stop
  start.hidden = runs
  stop.hidden = !runs
  if (focused) (runs ? stop : start).focus()
}

function draw({ next, total, counts }: Progress): void {
  const bar = element('survey-bar', HTMLProgressElement)
  bar.max = total
  bar.value = next
  bar.dataset.next = String(next)
  element('survey-figures', HTMLElement).textContent = `${count(next)} of ${count(total)} cities`
  drawLeaders(counts)
}

function drawLeaders(counts: Progress['counts']): void {
  const leaders = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const most = leaders[0]?.[1] ?? 1
  const items = leaders.slice(0, rows).map(([code, many]) => {
    const item = make('li')
    const bar = make('span', '', 'share')
    bar.style.setProperty('--share', String(many / most))
    item.append(make('span', country(code), 'name'), bar, make('span', count(many), 'figure'))
    return item
  })
  element('survey-leaders', HTMLOListElement).replaceChildren(...items)
}
