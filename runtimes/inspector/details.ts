/** What is known of the one thing that was chosen. */

import { make, say } from './dom.js'
import type { InspectedTask } from './inspection.js'
import type { Row } from './rows.js'
import { duration, signOf, summary } from './words.js'

const hint = 'Choose a task, scope, channel or breaker to see more.'

/** The pane below the others. A choice is read out once, and not again while its times run. */
export class Details {
  readonly element: HTMLElement = make('div', { class: 'details', part: 'details' })
  readonly #title: HTMLElement = make('h2')
  readonly #text: HTMLElement = make('p')
  readonly #retries: HTMLElement = make('ol')
  readonly #spoken: HTMLElement = make('p', { role: 'status', class: 'unseen' })
  #key = ''

  constructor() {
    this.element.append(this.#title, this.#text, this.#retries, this.#spoken)
    this.clear()
  }

  /** Nothing is chosen. */
  clear(): void {
    this.#show('', '', hint, [])
  }

  /** A task. */
  task(task: InspectedTask, now: number): void {
    const { name, index, scopeName, spawnedBy, status, retries } = task
    const from = spawnedBy === undefined ? '' : `, started by ${spawnedBy}`
    this.#show(
      `task ${task.id} ${status}`,
      `${signOf(status)} ${name} #${index} in ${scopeName}${from}`,
      summary(task, now),
      retries.map(({ attempt, delay, reason }) => `Attempt ${attempt}: ${reason}, again after ${duration(delay)}`),
    )
  }

  /** A line of the tree. */
  row({ key, kind, state, sign, name, note }: Row): void {
    this.#show(`${key} ${state}`, `${sign} ${kind === 'channel' ? '' : `${kind} `}${name}`, note, [])
  }

  #show(key: string, title: string, text: string, retries: readonly string[]): void {
    if (key !== this.#key) say(this.#spoken, key === '' ? '' : `${title}: ${text}`)
    this.#key = key
    say(this.#title, title)
    this.#title.hidden = title === '' // a heading that says nothing is one too many for a screen reader
    say(this.#text, text)
    const list = this.#retries
    while (list.childElementCount > retries.length) list.lastElementChild?.remove()
    retries.forEach((line, i) => {
      const item = list.children[i] ?? list.appendChild(make('li'))
      say(item, line)
    })
  }
}
