import { createHash } from 'node:crypto';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { ListQueryDto } from './list-query.dto.js';

/**
 * The cursors of one list: of an agency, filters, a sort, a search, an instant. A cursor holds the place of the
 * last entry of its page, and the digest of the list that it is a place of. It needs no signature: what it says
 * is only where to begin among records that the caller may see anyway.
 */
export class ListCursors {
  private readonly digest: string;

  /** @param path of the resource */
  constructor(
    path: string,
    agency: string,
    { limit: _limit, cursor: _cursor, fields: _fields, total: _total, ...list }: ListQueryDto,
  ) {
    const parts = Object.entries(list).sort(([one], [other]) => (one < other ? -1 : 1));
    const text = JSON.stringify([path, agency, parts]);
    this.digest = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  }

  /** @param place the values of the sort keys of the last entry */
  encode(place: readonly string[]): string {
    return encodeCursor([this.digest, ...place]);
  }

  /** @throws {ProblemError} `invalid-parameter` for what is no cursor, and for the cursor of another list */
  decode(cursor: string): readonly string[] {
    const [digest, ...place] = decodeCursor(cursor, isListPlace);
    if (digest === this.digest) return place;
    throw new ProblemError(
      'invalid-parameter',
      'cursor is of a list with other filters, another sort or search. Send it with the parameters of the page ' +
        'that it came with, or leave it out.',
    );
  }
}

const isListPlace = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 1 && value.every((part) => typeof part === 'string');
