import type { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { SyncTargetSettings } from '../../config/settings.js';
import { inTransaction } from '../../database/pg-transaction.js';
import type { SyncedResource } from '../synced-resource.js';
import { lockTargets } from './target-lock.js';

/** Names of targets that no administrator makes. */
export const configuredNames: readonly SyncTargetSettings['name'][] = ['environment', 'demo'];

/** Why the target of the environment is paused while there is none. It is resumed if this is still the reason. */
export const variableGone = 'SYNC_URL is not set';

const demoAside =
  'Sync does not use the demo external system, as other targets exist; changes go to those that are not paused.';

/**
 * Brings the rows of the configured target into line with the settings, one for each resource. The target of
 * a `SYNC_URL` that is gone is paused, and resumed when there is one again; one that an administrator paused
 * stays so. A demo gives way to any other target, and is removed where it is not the configured target,
 * since its receiver is gone. Targets that administrators made are left as they are.
 *
 * @returns whether the demo is one of the targets
 */
export async function applyConfiguredTarget(
  pool: Pool,
  resources: readonly SyncedResource[],
  target: SyncTargetSettings | undefined,
  log: Pick<Logger, 'warn'>,
): Promise<boolean> {
  const { demo, lines } = await inTransaction(pool, async (client) => {
    await lockTargets(client);
    const isDemo = target?.name === 'demo';
    const hasRealTarget = await exists(client, `origin <> 'demo'`);
    const demo = isDemo && !hasRealTarget;
    if (target && (!isDemo || demo)) for (const { name } of resources) await upsert(client, target, name);
    if (!demo) await client.query(`DELETE FROM hms.sync_targets WHERE origin = 'demo'`);
    const lines = target && !isDemo ? await resume(client) : await pause(client);
    if (isDemo && hasRealTarget) lines.push(demoAside);
    return { demo, lines };
  });
  for (const line of lines) log.warn(line);
  return demo;
}

async function exists(client: PoolClient, condition: string): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM hms.sync_targets WHERE ${condition} LIMIT 1`);
  return rows.length > 0;
}

async function upsert(
  client: PoolClient,
  { name, url, allowedNetworks = [] }: SyncTargetSettings,
  resource: string,
): Promise<void> {
  await client.query(
    `WITH target AS (
       INSERT INTO hms.sync_targets AS existing (resource, name, origin, url, allowed_networks)
       VALUES ($1, $2, $2, $3, $4)
       ON CONFLICT (resource, agency, name) DO UPDATE
       SET url = EXCLUDED.url, allowed_networks = EXCLUDED.allowed_networks, revision = existing.revision + 1, updated_at = now()
       WHERE (existing.url, existing.allowed_networks) IS DISTINCT FROM (EXCLUDED.url, EXCLUDED.allowed_networks)
       RETURNING id, revision)
     INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'fill' FROM target WHERE revision = 1`,
    [resource, name, url.replaceAll('{resource}', resource), allowedNetworks],
  );
}

/** @returns what to tell the operator */
async function pause(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ resource: string }>(
    `UPDATE hms.sync_targets SET paused = true, paused_at = now(), paused_reason = $1, revision = revision + 1,
       updated_at = now()
     WHERE origin = 'environment' AND NOT paused RETURNING resource`,
    [variableGone],
  );
  return rows.map(
    ({ resource }) =>
      `Sync of ${resource} to environment is paused, as ${variableGone}; its changes are kept. Set SYNC_URL and ` +
      'SYNC_SECRET again to go on, or delete the target.',
  );
}

/** Resumes what was paused for want of the variable; a target that was given up meanwhile gets all anew. */
async function resume(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ resource: string }>(
    `WITH gone AS MATERIALIZED (
       SELECT id, resource, detached FROM hms.sync_targets
       WHERE origin = 'environment' AND paused AND paused_reason = $1 FOR UPDATE),
     resync AS (INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'resync' FROM gone WHERE detached)
     UPDATE hms.sync_targets t SET paused = false, paused_at = NULL, paused_reason = NULL, detached = false,
       revision = revision + 1, updated_at = now()
     FROM gone WHERE gone.id = t.id RETURNING t.resource`,
    [variableGone],
  );
  return rows.map(({ resource }) => `Sync of ${resource} to environment goes on: SYNC_URL is set again.`);
}
