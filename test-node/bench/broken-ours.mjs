/** A row in which it is ours that loses values. */
import { everyValueOnce } from '../../bench/promises.mjs'

export const rows = [
  {
    id: 'broken-ours',
    name: 'a broken promise',
    what: 'nothing',
    each: 1,
    ways: { 'go-go-scope': async () => [] },
    promises: [everyValueOnce],
    work: (way) => way([]),
  },
]
