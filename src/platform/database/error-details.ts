// `instanceof Error` would miss errors that another realm made, as under a test runner.

/** The code that Node or PostgreSQL gave an error (`ENOENT`, `28P01`); undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  return textMember(error, 'code');
}

/**
 * The message of anything that was thrown. An `AggregateError` has none of its own when a connection was
 * tried to several addresses: it gives those of its errors, each once.
 */
export function messageOf(error: unknown): string {
  return textMember(error, 'message') || messagesWithin(error) || String(error);
}

function messagesWithin(error: unknown): string {
  const inner: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'errors');
  return Array.isArray(inner) ? [...new Set(inner.map(messageOf))].join('; ') : '';
}

/** What a program that failed wrote last on its standard error; the error's message where it wrote nothing. */
export function lastWordsOf(error: unknown): string {
  const words = textMember(error, 'stderr')?.trim() || messageOf(error);
  return words.split('\n').at(-1) ?? '';
}

function textMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
