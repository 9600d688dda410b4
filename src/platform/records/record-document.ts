/** A record as it is answered, logged and shipped: the JSON text that the database made of it. */
export class RecordDocument {
  constructor(
    readonly id: string,
    /** The version that the document is of. */
    readonly version: number,
    /** The JSON text. Never parsed and written again: every reader gets the same bytes. */
    readonly json: string,
    /** Revision of the document's shape; together with the version it identifies the bytes. */
    readonly revision: number,
    /** Response headers that say of the document what is no part of it. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** The strong validator of these bytes (RFC 9110 §8.8.3). */
  get etag(): string {
    return `"${this.version}.${this.revision}"`;
  }
}

/** A record as a write would make it that was tried only: no version of it is stored. */
export class RecordPreview extends RecordDocument {}

/** How many records there are on all pages of a list. */
export interface PageTotal {
  readonly count: number;
  /** There are more than were counted. */
  readonly capped: boolean;
}

/** Where a page of a list stands. */
export interface PagePosition {
  readonly limit: number;
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
  readonly total?: PageTotal;
}

/** One page of a list. */
export class RecordPage {
  constructor(
    readonly documents: readonly string[],
    readonly position: PagePosition,
    /** Read as of an instant, which a transaction that is still open may yet change. */
    readonly provisional = false,
  ) {}

  /** The JSON text of the page. */
  get json(): string {
    return `{"items":[${this.documents.join(',')}],"page":${JSON.stringify(this.position)}}`;
  }
}
