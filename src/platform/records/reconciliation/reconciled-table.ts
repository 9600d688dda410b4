/** A table whose records, log and cursors are compared. */
export interface ReconciledTable {
  /** Name of the resource in the log, such as `policies`. */
  readonly resource: string;
  /** Name of the table in schema `public`. */
  readonly table: string;
}

/** Something that does not agree. */
export interface Difference {
  readonly agency: string;
  readonly id: string;
  /** Name of the target, where it is about one. */
  readonly target?: string;
  /** What is wrong, as a sentence. */
  readonly detail: string;
}

/** Changes that a target does not have, although they have waited for long. */
export interface Delay {
  readonly target: string;
  readonly records: number;
  /** RFC 3339, UTC. */
  readonly since: string;
}
