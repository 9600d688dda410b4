import type { PoolClient } from 'pg';
import type { TargetDto } from './dto/target.dto.js';

/** Runs statements: a connection in a transaction, or a pool. */
export type Queries = Pick<PoolClient, 'query'>;

/** A target as it is stored, but for what is sealed. */
export type StoredTarget = { readonly [Member in keyof TargetDto]: TargetDto[Member] };

/** What of a target an administrator says, beside its headers. */
export type TargetContent = Pick<
  StoredTarget,
  | 'name'
  | 'url'
  | 'actions'
  | 'condition'
  | 'mode'
  | 'afterDeadLetter'
  | 'timeout'
  | 'concurrency'
  | 'allowedNetworks'
>;

/** Which target, and of whom: `agency` undefined stands for any. */
export interface TargetKey {
  readonly resource: string;
  readonly id: number;
  readonly agency: string | undefined;
}

/** The targets of a resource that belong to an agency and, if wanted, those that belong to none. */
export async function listTargets(
  client: Queries,
  resource: string,
  agency: string,
  withCommon: boolean,
): Promise<StoredTarget[]> {
  const { rows } = await client.query<StoredTarget>(
    `${selectTarget} WHERE t.resource = $1 AND (t.agency = $2 OR ($3 AND t.agency IS NULL))
     ORDER BY t.agency NULLS FIRST, t.name`,
    [resource, agency, withCommon],
  );
  return rows;
}

export async function readTarget(client: Queries, key: TargetKey): Promise<StoredTarget | undefined> {
  const { rows } = await client.query<StoredTarget>(`${selectTarget} ${ofKey}`, valuesOf(key));
  return rows[0];
}

/** Reads a target and keeps others from changing it until the end of the transaction. */
export async function lockTarget(client: Queries, key: TargetKey): Promise<StoredTarget | undefined> {
  const { rows } = await client.query<StoredTarget>(
    `${selectTarget} ${ofKey} FOR UPDATE OF t`,
    valuesOf(key),
  );
  return rows[0];
}

/** @returns the target's id; undefined: its name is taken */
export async function insertTarget(
  client: Queries,
  resource: string,
  agency: string | null,
  content: TargetContent,
): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO hms.sync_targets
       (resource, agency, name, url, actions, condition, mode, after_dead_letter, timeout, concurrency, allowed_networks)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (resource, agency, name) DO NOTHING RETURNING id`,
    [resource, agency, ...columnsOf(content)],
  );
  return rows[0]?.id;
}

/** @returns false: the name is taken by another target */
export async function updateTarget(client: Queries, id: number, content: TargetContent): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE hms.sync_targets t SET name = $2, url = $3, actions = $4, condition = $5, mode = $6,
       after_dead_letter = $7, timeout = $8, concurrency = $9, allowed_networks = $10
     WHERE id = $1 AND NOT EXISTS (SELECT FROM hms.sync_targets o
       WHERE o.resource = t.resource AND o.agency IS NOT DISTINCT FROM t.agency AND o.name = $2 AND o.id <> t.id)`,
    [id, ...columnsOf(content)],
  );
  return rowCount === 1;
}

export async function countTargets(
  client: Queries,
  resource: string,
  agency: string | null,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM hms.sync_targets WHERE resource = $1 AND agency IS NOT DISTINCT FROM $2',
    [resource, agency],
  );
  return rows[0]?.count ?? 0;
}

/** Gives a target all there is, as it is now. A walk that is under way begins anew: it may have passed by what counts now. */
export async function startResync(client: Queries, id: number, actor: string): Promise<void> {
  await client.query(
    `UPDATE hms.sync_jobs SET state = 'cancelled', finished_at = clock_timestamp()
     WHERE target_id = $1 AND state = 'running'`,
    [id],
  );
  await client.query(`INSERT INTO hms.sync_jobs (target_id, kind, created_by) VALUES ($1, 'resync', $2)`, [
    id,
    actor,
  ]);
}

/** Lets a target be tried again that was taken for gone or broken: it is no longer what it was then. */
export async function closeBreaker(client: Queries, id: number): Promise<void> {
  await client.query(
    `UPDATE hms.sync_breakers SET state = 'closed', reason = NULL, probes = 0, probe_at = NULL, quiet_until = NULL,
       changed_at = clock_timestamp()
     WHERE target_id = $1`,
    [id],
  );
}

function columnsOf(content: TargetContent): unknown[] {
  const { name, url, actions, condition, mode, afterDeadLetter, timeout, concurrency, allowedNetworks } =
    content;
  const milliseconds = timeout === null ? null : Math.round(timeout * 1000);
  const json = condition === null ? null : JSON.stringify(condition);
  return [name, url, actions, json, mode, afterDeadLetter, milliseconds, concurrency, allowedNetworks];
}

const valuesOf = ({ resource, id, agency }: TargetKey): unknown[] => [resource, id, agency ?? null];

const ofKey = 'WHERE t.resource = $1 AND t.id = $2 AND ($3::text IS NULL OR t.agency = $3)';

const instant = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const selectTarget = `
SELECT t.id, t.resource, t.agency, t.name, t.origin, t.url, t.actions, t.condition, t.mode,
  t.after_dead_letter AS "afterDeadLetter", t.timeout::float8 / 1000 AS timeout, t.concurrency,
  t.header_names AS "headerNames", t.allowed_networks AS "allowedNetworks",
  (SELECT coalesce(json_agg(json_build_object('id', s.id, 'scheme', s.scheme, 'publicKey', s.public_key,
      'createdAt', ${instant('s.created_at')}, 'expiresAt', ${instant('s.expires_at')}) ORDER BY s.id DESC), '[]')
    FROM hms.sync_secrets s
    WHERE s.target_id = t.id AND (s.expires_at IS NULL OR s.expires_at > now())) AS "signingKeys",
  t.paused, ${instant('t.paused_at')} AS "pausedAt", t.paused_reason AS "pausedReason", t.detached, t.revision,
  ${instant('t.created_at')} AS "createdAt", ${instant('t.updated_at')} AS "updatedAt"
FROM hms.sync_targets t`;
