import type { TestApp } from './app.js';
import { superuserPool } from './cluster.js';

/** Asks for an export of the trail, on the token of an agency's auditor. */
export async function exportTrail(
  service: TestApp,
  query: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${service.url}/api/audit:export?${query}`, {
    headers: { Authorization: `Bearer ${service.token('hhs', ['audit:read'])}`, ...headers },
  });
}

/** Puts entries straight into the log of a database. */
export async function seedTrail(
  service: TestApp,
  database: 'policy' | 'market',
  { agency, count, actor }: { agency: string; count: number; actor: string },
): Promise<void> {
  const pool = superuserPool(service.databases.names[database]);
  await pool.query(
    `INSERT INTO hms.changes (resource, agency, record_id, version, action, schema_revision, document, actor,
       login, context, changed_at, hash)
     SELECT $1, $2, $4 || i, 1, 'created', 1, '{}', $4, 'hms_app', '{"kind":"person","route":"POST /api/policies"}',
       '2026-01-01'::timestamptz + (i / 3) * interval '1 second', '\\x00'
     FROM generate_series(1, $3) i`,
    [database === 'policy' ? 'policies' : 'items', agency, count, actor],
  );
  await pool.query('VACUUM ANALYZE hms.changes');
  await pool.end();
}
