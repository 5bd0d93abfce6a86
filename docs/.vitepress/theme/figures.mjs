/** How figures are written. */

/** Bytes, for people. */
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

/** A ratio, for people. */
export const times = (ratio) => `${ratio.toFixed(2)}×`

/** A measured figure, for people: what is small keeps a decimal. */
export const figure = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
