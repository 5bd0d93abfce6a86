/** Names of countries. */

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** The name of a country, by its code. */
export function country(code: string): string {
  return countries.of(code) ?? code
}
