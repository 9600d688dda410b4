import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { insertEventsStatement, type SecurityEventRow } from '../trail/security-event-row.js';
import type { RemovedEntry } from './removed-entry.js';
import type { SignedRetention } from './retention-record.js';

/** Events that one transaction removes. */
const batch = 5_000;

/**
 * Writes into the audit trail, for each agency, that versions of its records are removed.
 *
 * @param client session in PolicyDB, of the owner's login
 */
export async function recordRemoval(
  client: ClientBase,
  { number, resource, replacedBefore, login }: SignedRetention,
  entries: readonly RemovedEntry[],
): Promise<void> {
  const counts = new Map<string, number>();
  for (const { agency } of entries) counts.set(agency, (counts.get(agency) ?? 0) + 1);
  const rows = [...counts].map(([agency, count]) =>
    removalRow('changes.removed', login, {
      agency,
      resource,
      reason: `Retention ${number}: ${count} versions that newer ones had replaced before ${replacedBefore}.`,
    }),
  );
  await insert(client, rows);
}

/** Counts the security events from before an instant. */
export async function countEvents(client: ClientBase, before: string): Promise<number> {
  const { rows } = await client.query<{ events: number }>(
    'SELECT count(*)::int AS events FROM hms.security_events WHERE occurred_at < $1',
    [before],
  );
  return rows[0]?.events ?? 0;
}

/**
 * Removes the security events from before an instant, 5,000 at a time, each time with an event for their agency
 * that says so; yields how many each time removed.
 */
export async function* removeEvents(client: ClientBase, before: string): AsyncGenerator<number> {
  const { rows: agencies } = await client.query<{ agency: string; login: string }>(
    'SELECT DISTINCT agency, session_user AS login FROM hms.security_events WHERE occurred_at < $1',
    [before],
  );
  for (const { agency, login } of agencies)
    for (;;) {
      await client.query('BEGIN');
      try {
        await client.query(`SELECT set_config('hms.retention', 'events', true)`);
        const { rowCount } = await client.query(removeStatement, [agency, before]);
        const reason = `${rowCount} security events from before ${before}.`;
        if (rowCount) await insert(client, [removalRow('events.removed', login, { agency, reason })]);
        await client.query('COMMIT');
        if (!rowCount) break;
        yield rowCount;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }
}

const removeStatement = `DELETE FROM hms.security_events WHERE id = ANY (ARRAY(
  SELECT id FROM hms.security_events WHERE agency = $1 AND occurred_at < $2 ORDER BY occurred_at, seq LIMIT ${batch}))`;

function removalRow(
  action: string,
  login: string,
  { agency, resource, reason }: { agency: string; resource?: string; reason: string },
): SecurityEventRow {
  return {
    id: randomUUID(),
    occurred_at: new Date().toISOString(),
    action,
    outcome: 'success',
    resource: resource ?? null,
    record_id: null,
    agency,
    actor: `login:${login}`,
    context: JSON.stringify({ reason }),
  };
}

async function insert(client: ClientBase, rows: readonly SecurityEventRow[]): Promise<void> {
  await client.query({ ...insertEventsStatement, values: [JSON.stringify(rows)] });
}
