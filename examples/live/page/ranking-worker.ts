/** The ranking, in a thread of its own. */
import { expose, type WorkerContext } from 'go-go-scope'
import { fold } from '../worker/fold.js'
import { distance } from '../worker/distance.js'
import type { Ranked, RankInput } from './ranking.js'

/** How near is near, in kilometres. */
const near = 250

/** How many of the hits are near each: all with all, which is why it is done here. */
function rank({ data: { hits, text, by } }: WorkerContext<RankInput>): readonly Ranked[] {
  const wanted = fold(text)
  const ranked = hits.map((city) => {
    const company = hits.reduce((sum, other) => sum + (distance(city, other) < near ? 1 : 0), -1)
    const name = fold(city.name)
    return { ...city, company, far: name.length - wanted.length + (name.startsWith(wanted) ? 0 : 100) }
  })
  const byMatch = (a: { far: number; company: number }, b: typeof a) => a.far - b.far || b.company - a.company
  const byCompany = (a: { far: number; company: number }, b: typeof a) => b.company - a.company || a.far - b.far
  return ranked.sort(by === 'match' ? byMatch : byCompany).map(({ far: _, ...city }) => city)
}

expose({ rank })
