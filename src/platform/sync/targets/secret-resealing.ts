import type { Pool } from 'pg';
import type { Sealed, SecretSealer } from './secret-sealer.js';
import { headersPurpose, secretPurpose } from './target-secret.js';

interface SealedRow extends Sealed {
  readonly id: number;
  readonly targetId: number;
  readonly resource: string;
}

/**
 * Seals with the key that seals now what is sealed with another key that this process has, so that the other one
 * can be taken away. What does not open stays as it is; the targets' vault tells of it. Several processes may do
 * this at once.
 */
export async function resealSecrets(pool: Pool, sealer: SecretSealer): Promise<void> {
  const { currentKey, keyIds } = sealer;
  const others = keyIds.filter((id) => id !== currentKey);
  if (others.length === 0) return;
  const reseal = async (purpose: typeof secretPurpose, select: string, update: string): Promise<void> => {
    const { rows } = await pool.query<SealedRow>(select, [others]);
    for (const row of rows) {
      const fresh = resealed(sealer, row, purpose(row.resource, row.targetId));
      // Not over what was set meanwhile.
      if (fresh) await pool.query(update, [row.id, row.sealed, fresh.keyId, fresh.sealed]);
    }
  };
  await reseal(secretPurpose, oldSecrets, updateSecret);
  await reseal(headersPurpose, oldHeaders, updateHeaders);
}

function resealed(sealer: SecretSealer, row: SealedRow, purpose: string): Sealed | undefined {
  try {
    return sealer.seal(sealer.open(row, purpose), purpose);
  } catch {
    return undefined;
  }
}

const oldSecrets = `
SELECT s.id, s.key_id AS "keyId", s.sealed, t.id AS "targetId", t.resource
FROM hms.sync_secrets s JOIN hms.sync_targets t ON t.id = s.target_id WHERE s.key_id = ANY ($1)`;

const updateSecret = `
UPDATE hms.sync_secrets SET key_id = $3, sealed = $4 WHERE id = $1 AND sealed = $2`;

const oldHeaders = `
SELECT t.id, t.headers_key_id AS "keyId", t.headers AS sealed, t.id AS "targetId", t.resource
FROM hms.sync_targets t WHERE t.headers_key_id = ANY ($1)`;

const updateHeaders = `
UPDATE hms.sync_targets SET headers_key_id = $3, headers = $4 WHERE id = $1 AND headers = $2`;
