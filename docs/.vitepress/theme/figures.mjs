/** How figures are written. */

/** Bytes, for people. */
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
