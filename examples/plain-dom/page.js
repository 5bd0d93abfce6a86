/** What belongs to the page as a whole: it ends when the page is left for good, and sleeps while the page is kept. */
import { delay, pageScope } from 'go-go-scope'
import './search-box.js'

const cities = ['Athens', 'Berlin', 'Bern', 'Brussels', 'Lisbon', 'London', 'Oslo', 'Paris', 'Prague', 'Rome', 'Vienna']

const page = pageScope({ name: 'page' })
let seconds = 0

page.every(1_000, () => {
  document.querySelector('output').textContent = `${++seconds} s on this page`
})

/** Stands for a request. */
document.querySelector('search-box').find = async (text, signal) => {
  await delay(page, 100, { signal })
  return cities.filter((city) => city.toLowerCase().includes(text.toLowerCase()))
}
