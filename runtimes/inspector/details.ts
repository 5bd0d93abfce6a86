/** What is known of the one thing that was chosen. */

import { make, say } from './dom.js'
import type { InspectedTask } from './inspection.js'
import type { Row } from './rows.js'
import { duration, signOf, summary } from './words.js'

const hint = 'Choose a task, scope, channel or breaker to see more.'

/** The pane below the others; what it says is read out. */
export class Details {
  readonly element: HTMLElement = make('div', {
    class: 'details',
    part: 'details',
    role: 'status',
    'aria-live': 'polite',
  })
  readonly #title: HTMLElement = make('h2')
  readonly #text: HTMLElement = make('p')
  readonly #retries: HTMLElement = make('ol')

  constructor() {
    this.element.append(this.#title, this.#text, this.#retries)
    this.clear()
  }

  /** Nothing is chosen. */
  clear(): void {
    this.#show('', hint, [])
  }

  /** A task. */
  task(task: InspectedTask, now: number): void {
    const { name, index, scopeName, spawnedBy, status, retries } = task
    const from = spawnedBy === undefined ? '' : `, started by ${spawnedBy}`
    this.#show(
      `${signOf(status)} ${name} #${index} in ${scopeName}${from}`,
      summary(task, now),
      retries.map(({ attempt, delay, reason }) => `Attempt ${attempt}: ${reason}, again after ${duration(delay)}`),
    )
  }

  /** A line of the tree. */
  row({ kind, sign, name, note }: Row): void {
    this.#show(`${sign} ${kind} ${name}`, note, [])
  }

  #show(title: string, text: string, retries: readonly string[]): void {
    say(this.#title, title)
    say(this.#text, text)
    const list = this.#retries
    while (list.childElementCount > retries.length) list.lastElementChild?.remove()
    retries.forEach((line, i) => {
      const item = list.children[i] ?? list.appendChild(make('li'))
      say(item, line)
    })
  }
}
