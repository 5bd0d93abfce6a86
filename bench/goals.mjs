/**
 * What a row is to reach, as a sentence, as a question to its figures, and as the figure of ours that would just do, which plots
 * show. The question is about ratios round by round, the figure about medians: in the noise they may differ.
 */

const ours = 'go-go-scope'
const list = new Intl.ListFormat('en-GB')
const times = (factor) => (factor === 1 ? 'at least as fast as' : `at least ${factor} times as fast as`)

/** At most so many times what the bare language takes. */
export const timesBare = (factor) => ({
  text: `at most ${factor} × bare`,
  met: (measured) => measured.times(ours, 'bare') <= factor,
  most: (measured) => measured.span('bare').median * factor,
})

/** So many times as fast as each of these peers. */
export const fasterThan = (factor, ...peers) => ({
  text: `${times(factor)} ${list.format(peers)}`,
  met: (measured) => peers.every((peer) => measured.times(peer, ours) >= factor),
  most: (measured) => Math.min(...peers.map((peer) => measured.span(peer).median)) / factor,
})

/** At most so much in the row's unit. */
export const atMost = (most, unit) => ({
  text: `at most ${most.toLocaleString('en')} ${unit}`,
  met: (measured) => measured.span(ours).median <= most,
  most: () => most,
})

/** At most so much more than the bare language takes. */
export const aboveBare = (most, unit) => ({
  text: `at most ${most.toLocaleString('en')} ${unit} above bare`,
  met: (measured) => measured.above(ours, 'bare') <= most,
  most: (measured) => measured.span('bare').median + most,
})

/** What may be noise where two numbers of operations are to cost the same for each. */
const noise = 1.25

/** The same cost for each with many as with few, each beside as many of the bare language; ways of one row, named after the number. */
export const sameAs = (few) => ({
  text: `the same for each as with ${few}`,
  met: (measured) => measured.times(ours, 'bare') <= noise * measured.times(`${ours}, ${few}`, `bare, ${few}`),
  most: (measured) => noise * measured.times(`${ours}, ${few}`, `bare, ${few}`) * measured.span('bare').median,
})

/** No more for each than with fewer; both are ways of one row. */
export const linear = (few) => ({
  text: `the same for each as with ${few}`,
  met: (measured) => measured.times(ours, `${ours}, ${few}`) <= noise,
  most: (measured) => noise * measured.span(`${ours}, ${few}`).median,
})

/** All of them. */
export const every = (...goals) => ({
  text: goals.map(({ text }) => text).join(', '),
  met: (measured) => goals.every(({ met }) => met(measured)),
  most: (measured) => Math.min(...goals.map(({ most }) => most(measured))),
})
