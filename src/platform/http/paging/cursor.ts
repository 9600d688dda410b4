import { ProblemError } from '../problems/problem.error.js';

/**
 * A cursor is opaque to clients. It holds the place of the last entry of its page, and nothing of the
 * agency, which always comes from the token.
 */
export const encodeCursor = (place: string | number | readonly string[]): string =>
  Buffer.from(JSON.stringify([place])).toString('base64url');

/**
 * Reads a cursor.
 *
 * @param isPlace whether a value can be a place in the list
 * @throws {ProblemError} `invalid-parameter` if it is not one that {@link encodeCursor} made of such a place
 */
export function decodeCursor<Place>(cursor: string, isPlace: (value: unknown) => value is Place): Place {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const place: unknown = Array.isArray(content) ? content[0] : undefined;
    if (isPlace(place)) return place;
  } catch {
    // Not one of ours: refused below like any other.
  }
  throw invalidCursor();
}

/** Refuses a cursor that is not one of ours. */
export function invalidCursor(): ProblemError {
  return new ProblemError(
    'invalid-parameter',
    'cursor must be the nextCursor of a page of this list, unchanged.',
  );
}
