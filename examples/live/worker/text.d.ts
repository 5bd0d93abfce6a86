/** The table of cities; `server/cities.mjs` makes it. */
declare module '*/cities.txt' {
  const table: string
  export default table
}
