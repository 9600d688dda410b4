import type { Pool } from 'pg';

/** A cursor that this process may work on until its lease ends. */
export interface Claim {
  readonly id: string;
  readonly targetId: number;
  /** Number of this claim: what it does after somebody else took over changes nothing. */
  readonly claim: string;
  /** Where the claim put the cursor in its table (TID); it is there until it is changed again. */
  readonly place: string;
  readonly agency: string;
  readonly recordId: string;
  readonly latestVersion: number;
  readonly deliveredVersion: number;
  /** The job for which the target gets the newest version, whatever it had before. */
  readonly resync: number | null;
  readonly attempts: number;
  /** Claims of which no process has told that it lived through them, this one included. */
  readonly starts: number;
  /** Of those, the ones under which nothing else was under way in the process. */
  readonly alone: number;
  /** How many milliseconds ago it became due. */
  readonly dueFor: number;
}

/** What became due in a time, in milliseconds before now: `from` (Infinity: whenever) is the longer ago. */
export interface DueWindow {
  readonly from: number;
  readonly to: number;
}

/** A claim with the name of its resource in the log, and the first and last version to read. */
export interface Reading {
  readonly claim: Claim;
  readonly resource: string;
  readonly first: number;
  readonly last: number;
}

/** One version of a record, as the log has it. */
export interface Change {
  readonly version: number;
  readonly action: string;
  /** The record as JSON. */
  readonly document: string;
  /** Circumstances of the change, as JSON. */
  readonly context: string;
  /** RFC 3339, UTC, microseconds. */
  readonly changedAt: string;
  /** Of the entry in the log. */
  readonly hash: Buffer;
}

/** What became of a claim. */
export interface Acknowledgement {
  readonly id: string;
  readonly claim: string;
  readonly place: string;
  readonly resource: string;
  /** Newest version that the target has. */
  readonly delivered: number;
  /** The job for which the target still needs the whole record. */
  readonly resync: number | null;
  /** Milliseconds until the next attempt; null: none is needed, or at once if there are newer versions. */
  readonly retryIn: number | null;
  /** Failed attempts at the next version. */
  readonly attempts: number;
  /** Of the last attempt; both null: there was none. */
  readonly status: number | null;
  readonly error: string | null;
  /** The next version is a dead letter: it and those after it wait for an administrator. */
  readonly held?: boolean;
  /** More versions are being sent under the same claim. */
  readonly kept?: boolean;
}

/**
 * `more`: acknowledged, and already due again. `locked`: a writer holds the cursor; try again. `fenced`: the
 * claim was no longer ours, or the cursor is gone with its target; nothing changed.
 */
export type AcknowledgementResult = 'acknowledged' | 'more' | 'fenced' | 'locked';

/** Bytes of documents that are read for one claim; the version that passes this limit is the last. */
const readLimit = 256 * 1024;

/**
 * The statements on the cursors of one database. All times are the database's own. None of them waits for
 * a cursor: only the capture trigger may, since a second party that waits could deadlock with writers.
 */
export class CursorStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Takes cursors that are due, of each target at most as many as it has slots; none of a target that is
   * paused or gone, has asked to be left alone, or whose breaker is not closed.
   *
   * @param lease milliseconds for which nobody else gets them
   * @param probes targets for which an open breaker does not count
   * @param windows what is looked at, for each target; without it, all that is due
   */
  async claim(
    slots: ReadonlyMap<number, number>,
    lease: number,
    probes: ReadonlySet<number> = new Set(),
    windows: ReadonlyMap<number, DueWindow> = new Map(),
  ): Promise<Claim[]> {
    const targets = [...slots.keys()];
    const { rows } = await this.pool.query<Claim>({
      name: 'sync-claim',
      text: claimStatement,
      values: [
        targets,
        [...slots.values()],
        lease,
        targets.map((id) => probes.has(id)),
        targets.map((id) => finite(windows.get(id)?.from)),
        targets.map((id) => windows.get(id)?.to ?? 0),
      ],
    });
    return rows;
  }

  /**
   * Notes, before it is tried, that a claim is worked on while nothing else is under way.
   *
   * @returns false: the claim is no longer ours, or a writer holds the cursor; then it must not be tried
   */
  async markAlone({ id, claim }: Claim): Promise<boolean> {
    const { rowCount } = await this.pool.query({
      name: 'sync-alone',
      text: aloneStatement,
      values: [id, claim],
    });
    return rowCount === 1;
  }

  /** Reads single versions of records; those that the log has not got are left out. */
  async readDocuments(
    wanted: readonly { readonly claim: Claim; readonly resource: string; readonly version: number }[],
  ): Promise<Map<Claim, string>> {
    const { rows } = await this.pool.query<{ number: string; document: string }>({
      name: 'sync-read-documents',
      text: documentsStatement,
      values: [
        wanted.map(({ resource }) => resource),
        wanted.map(({ claim }) => claim.agency),
        wanted.map(({ claim }) => claim.recordId),
        wanted.map(({ version }) => version),
      ],
    });
    const documents = new Map(rows.map(({ number, document }) => [Number(number) - 1, document]));
    return new Map(
      wanted.flatMap(({ claim }, index) => {
        const document = documents.get(index);
        return document === undefined ? [] : [[claim, document] as const];
      }),
    );
  }

  /**
   * Reads the versions of claimed records, in order; of each without a gap from `first` on, if the log has
   * none. A statement of its own: within the claim's it would look at the log as it was before the claim,
   * and miss versions that the claimed cursor already counts.
   */
  async readChanges(readings: readonly Reading[]): Promise<Map<Claim, Change[]>> {
    const { rows } = await this.pool.query<Change & { reading: string }>({
      name: 'sync-read',
      text: readStatement,
      values: [
        readings.map(({ resource }) => resource),
        readings.map(({ claim }) => claim.agency),
        readings.map(({ claim }) => claim.recordId),
        readings.map(({ first }) => first),
        readings.map(({ last }) => last),
        readLimit,
      ],
    });
    const changes = readings.map((): Change[] => []);
    for (const row of rows) changes[Number(row.reading) - 1]?.push(row);
    return new Map(
      readings.map(({ claim, first }, index) => [claim, withoutGap(changes[index] ?? [], first)]),
    );
  }

  /** Writes down what became of claims; tells for each, in the same order, whether it counted. */
  async acknowledge(batch: readonly Acknowledgement[]): Promise<AcknowledgementResult[]> {
    const { rows } = await this.pool.query<{ outcome: AcknowledgementResult }>({
      name: 'sync-acknowledge',
      text: acknowledgeStatement,
      values: [
        batch.map(({ id }) => id),
        batch.map(({ claim }) => claim),
        batch.map(({ resource }) => resource),
        batch.map(({ delivered }) => delivered),
        batch.map(({ resync }) => resync),
        batch.map(({ retryIn }) => retryIn),
        batch.map(({ attempts }) => attempts),
        batch.map(({ status }) => status),
        batch.map(({ error }) => error),
        batch.map(({ held }) => held === true),
        batch.map(({ kept }) => kept === true),
        batch.map(({ place }) => place),
      ],
    });
    return rows.map(({ outcome }) => outcome);
  }

  /**
   * Gives back claims that a job has revoked ({@link revokedClaim}) and under which nothing more is sent, so that
   * nobody has to wait for the end of their leases.
   *
   * @returns how many there were
   */
  async giveBack(claims: readonly Pick<Claim, 'id' | 'claim'>[]): Promise<number> {
    const { rowCount } = await this.pool.query({
      name: 'sync-give-back',
      text: giveBackStatement,
      values: [claims.map(({ id }) => id), claims.map(({ claim }) => claim)],
    });
    return rowCount ?? 0;
  }

  /**
   * Clears cursors of the suspicion that to deliver them ends the process ({@link Claim.starts}).
   *
   * @returns those that are clear of it or gone; a writer holds the others
   */
  async acquit(ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'sync-acquit',
      text: acquitStatement,
      values: [ids],
    });
    return rows.map(({ id }) => id);
  }
}

/**
 * What a job makes of the claim of a cursor `c` that it changes: an acknowledgement that is under way then
 * changes nothing, and whoever sends it can still say that it is done. The lease stays, so that the record is not
 * sent by two at once.
 */
export const revokedClaim = '-abs(c.claim)';

function finite(milliseconds = Number.POSITIVE_INFINITY): number | null {
  return Number.isFinite(milliseconds) ? milliseconds : null;
}

function withoutGap(changes: Change[], first: number): Change[] {
  changes.sort((one, other) => one.version - other.version);
  const gap = changes.findIndex(({ version }, index) => version !== first + index);
  return gap === -1 ? changes : changes.slice(0, gap);
}

const claimAssignments = `SET claimed_until = clock_timestamp() + $3::float8 * interval '1 millisecond', claim = nextval('hms.sync_claims'),
    starts = c.starts + 1`;

const claimColumns = `c.id, c.target_id AS "targetId", c.claim, c.ctid AS place, c.agency, c.record_id AS "recordId",
    c.latest_version AS "latestVersion", c.delivered_version AS "deliveredVersion", c.resync, c.attempts,
    c.starts, c.alone, extract(epoch FROM now() - c.due_at)::float8 * 1000 AS "dueFor"`;

// What is locked is updated where it was found: while some transaction holds an old snapshot, each index has an
// entry for every change of a record since, and a look there would pass over them. Only what a writer has moved since
// the statement began, which is seldom, is looked for by its key: a claim that gets less than it has room for is the
// sign that no more is due. The arrays in place of joins keep the plan on these ways, whatever the statistics say of a
// table that changes this fast. A claim leaves due_at as it is: with no indexed column changed, it costs no index
// entry (HOT). What others have claimed is passed over, which is as much as their slots at most.
const claimStatement = `
WITH slots AS MATERIALIZED (
  SELECT slot.target_id, slot.free, coalesce(now() - slot.start * interval '1 millisecond', '-infinity') AS since,
    now() - slot.ending * interval '1 millisecond' AS until
  FROM unnest($1::int[], $2::int[], $4::boolean[], $5::float8[], $6::float8[])
    AS slot (target_id, free, probe, start, ending)
  JOIN hms.sync_targets t ON t.id = slot.target_id AND NOT t.paused
  LEFT JOIN hms.sync_breakers b ON b.target_id = slot.target_id
  WHERE b.target_id IS NULL OR slot.probe
    OR (b.state = 'closed' AND (b.quiet_until IS NULL OR b.quiet_until <= clock_timestamp()))),
due AS MATERIALIZED (
  SELECT cursor.id, cursor.place
  FROM slots
  CROSS JOIN LATERAL (
    SELECT c.id, c.ctid AS place FROM hms.sync_cursors c
    WHERE c.target_id = slots.target_id AND c.due_at >= slots.since AND c.due_at <= slots.until
      AND (c.claimed_until IS NULL OR c.claimed_until < clock_timestamp())
    ORDER BY c.due_at LIMIT slots.free
    FOR UPDATE SKIP LOCKED) cursor),
there AS (
  UPDATE hms.sync_cursors c ${claimAssignments}
  WHERE c.ctid = ANY (ARRAY(SELECT place FROM due))
  RETURNING ${claimColumns}),
moved AS (
  UPDATE hms.sync_cursors c ${claimAssignments}
  WHERE c.id = ANY (ARRAY(SELECT id FROM due EXCEPT SELECT id FROM there))
  RETURNING ${claimColumns})
SELECT * FROM there UNION ALL SELECT * FROM moved`;

const aloneStatement = `
UPDATE hms.sync_cursors SET alone = alone + 1
WHERE id = (SELECT c.id FROM hms.sync_cursors c WHERE c.id = $1 AND c.claim = $2 FOR UPDATE SKIP LOCKED)`;

const giveBackStatement = `
UPDATE hms.sync_cursors SET claim = NULL, claimed_until = NULL
WHERE id = ANY (ARRAY(
  SELECT c.id FROM unnest($1::bigint[], $2::bigint[]) AS done (id, claim)
  JOIN hms.sync_cursors c ON c.id = done.id AND c.claim = -done.claim FOR UPDATE OF c SKIP LOCKED))`;

const acquitStatement = `
WITH suspected AS MATERIALIZED (
  SELECT c.id FROM hms.sync_cursors c WHERE c.id = ANY ($1::bigint[]) AND c.starts > 0),
acquitted AS (
  UPDATE hms.sync_cursors SET starts = 0, alone = 0
  WHERE id = ANY (ARRAY(
    SELECT c.id FROM hms.sync_cursors c WHERE c.id = ANY (ARRAY(SELECT id FROM suspected)) FOR UPDATE SKIP LOCKED))
  RETURNING id)
SELECT id FROM unnest($1::bigint[]) AS asked (id)
EXCEPT (SELECT id FROM suspected EXCEPT SELECT id FROM acquitted)`;

const documentsStatement = `
SELECT wanted.number, c.document
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
  WITH ORDINALITY AS wanted (resource, agency, record_id, version, number)
CROSS JOIN LATERAL (
  SELECT c.document FROM hms.changes c
  WHERE c.resource = wanted.resource AND c.agency = wanted.agency AND c.record_id = wanted.record_id
    AND c.version = wanted.version LIMIT 1) c`;

const readStatement = `
SELECT reading.number AS reading, change.version, change.action, change.document, change.context, change.hash,
  to_char(change.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "changedAt"
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[])
  WITH ORDINALITY AS reading (resource, agency, record_id, first, last, number)
CROSS JOIN LATERAL (
  SELECT c.version, c.action, c.document, c.context, c.changed_at, c.hash,
    sum(octet_length(c.document)) OVER (ORDER BY c.version) - octet_length(c.document) AS before
  FROM hms.changes c
  WHERE c.resource = reading.resource AND c.agency = reading.agency AND c.record_id = reading.record_id
    AND c.version BETWEEN reading.first AND reading.last) change
WHERE change.before < $6::int`;

// delivered_version is what was sent, not the greater of the two: a replay sets it back.
const acknowledgeAssignments = `SET delivered_version = r.delivered,
    resync = r.resync,
    claim = CASE WHEN r.kept THEN c.claim END,
    claimed_until = CASE WHEN r.kept THEN c.claimed_until END,
    starts = 0,
    alone = 0,
    attempts = r.attempts,
    last_status = CASE WHEN r.status IS NULL AND r.error IS NULL THEN c.last_status ELSE r.status END,
    last_error = CASE WHEN r.status IS NULL AND r.error IS NULL THEN c.last_error ELSE r.error END,
    held_at = CASE WHEN r.held THEN clock_timestamp() END,
    due_at = CASE
      WHEN r.kept THEN c.due_at
      WHEN r.held THEN NULL
      WHEN r.retry_in IS NOT NULL THEN clock_timestamp() + r.retry_in * interval '1 millisecond'
      WHEN c.latest_version > r.delivered OR r.resync IS NOT NULL THEN clock_timestamp() END,
    pending_since = CASE
      WHEN r.retry_in IS NULL AND NOT r.held AND c.latest_version <= r.delivered AND r.resync IS NULL THEN NULL
      WHEN c.delivered_version = r.delivered THEN c.pending_since
      ELSE coalesce((SELECT changed_at FROM hms.changes h
        WHERE h.resource = r.resource AND h.agency = c.agency AND h.record_id = c.record_id
          AND h.version = r.delivered + 1), c.pending_since) END`;

const acknowledgeColumns = `r.number, c.id,
    CASE WHEN c.due_at <= clock_timestamp() AND NOT r.kept THEN 'more' ELSE 'acknowledged' END AS outcome`;

// As with claims, a cursor is looked for by its key only if it is not any more where the claim put it. The plan of a
// look at a place must not be one by the key, however small the table was when it was made: hence the `+ 0`.
const acknowledgeStatement = `
WITH result AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::int[], $6::float8[], $7::int[],
    $8::int[], $9::text[], $10::boolean[], $11::boolean[])
    WITH ORDINALITY AS r (id, claim, resource, delivered, resync, retry_in, attempts, status, error, held, kept,
      number)),
in_place AS MATERIALIZED (
  SELECT c.id, c.ctid AS place FROM hms.sync_cursors c
  WHERE c.ctid = ANY ($12::tid[]) AND c.id + 0 = ANY ($1::bigint[]) FOR UPDATE SKIP LOCKED),
elsewhere AS MATERIALIZED (
  SELECT c.id FROM hms.sync_cursors c
  WHERE c.id = ANY (ARRAY(SELECT id FROM result EXCEPT SELECT id FROM in_place)) FOR UPDATE SKIP LOCKED),
there AS (
  UPDATE hms.sync_cursors c ${acknowledgeAssignments}
  FROM result r
  WHERE c.ctid = ANY (ARRAY(SELECT place FROM in_place)) AND r.id = c.id + 0 AND r.claim = c.claim
  RETURNING ${acknowledgeColumns}),
moved AS (
  UPDATE hms.sync_cursors c ${acknowledgeAssignments}
  FROM result r
  WHERE c.id = ANY (ARRAY(SELECT id FROM elsewhere UNION ALL (SELECT id FROM in_place EXCEPT SELECT id FROM there)))
    AND r.id = c.id AND r.claim = c.claim
  RETURNING ${acknowledgeColumns}),
written AS (SELECT * FROM there UNION ALL SELECT * FROM moved),
held AS (
  SELECT c.id FROM hms.sync_cursors c
  WHERE c.id = ANY (ARRAY(SELECT id FROM result EXCEPT SELECT id FROM in_place EXCEPT SELECT id FROM elsewhere)))
SELECT coalesce(written.outcome, CASE WHEN held.id IS NULL THEN 'fenced' ELSE 'locked' END) AS outcome
FROM result LEFT JOIN written USING (number) LEFT JOIN held ON held.id = result.id
ORDER BY number`;
