/** Folds a name to what people type for it: no accents, no capitals. */

const marks = /\p{M}/gu
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}
const special = new RegExp(`[${Object.keys(letters).join('')}]`, 'g')

/** The name without accents and capitals. */
export function fold(name: string): string {
  const plain = name.normalize('NFD').replace(marks, '').toLowerCase()
  return plain.replace(special, (letter) => letters[letter] ?? letter)
}
