/** Characters that are kept of what a target says. */
export const keptCharacters = 1000;

/** The beginning of a text as the database can hold it: without NUL and lone surrogates, which become U+FFFD. */
export function keptText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').slice(0, keptCharacters).toWellFormed();
}
