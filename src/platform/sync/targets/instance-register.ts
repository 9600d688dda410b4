import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { SyncTargetSettings } from '../../config/settings.js';
import { StartupError } from '../../config/startup.error.js';
import { inTransaction } from '../../database/pg-transaction.js';
import { lockTargets } from './target-lock.js';

/** Milliseconds between two signs of life. */
const beatInterval = 2_000;
/** Seconds of silence after which an instance counts as gone. */
const patience = 10;
/** Milliseconds between two looks at whether another instance lives. */
const lookInterval = 200;

interface Instance {
  readonly id: string;
  readonly seenAt: string;
}

/**
 * The place of this process among those that deliver from one database. All of them must have the same
 * external system and secret in their environment: otherwise each would change the target to its own.
 */
export class InstanceRegister {
  private readonly id = randomUUID();
  private readonly settings: string;
  private beatAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pool: Pool,
    target: SyncTargetSettings | undefined,
  ) {
    this.settings = fingerprint(target);
  }

  /**
   * Takes a place. Where there is another instance with other settings, finds out first whether it lives.
   *
   * @throws {StartupError} when it does
   */
  async join(): Promise<void> {
    const known = new Map<string, string>();
    for (;;) {
      const others = await inTransaction(this.pool, (client) => this.tryToJoin(client));
      if (others.length === 0) return;
      for (const { id, seenAt } of others) {
        if ((known.get(id) ?? seenAt) !== seenAt) throw disagreement();
        known.set(id, seenAt);
      }
      await pause(lookInterval);
    }
  }

  /** Says that this process lives, if it is time to. */
  async beat(): Promise<void> {
    if (performance.now() - this.beatAt < beatInterval) return;
    await this.pool.query(presentStatement, [this.id, this.settings]);
    this.beatAt = performance.now();
  }

  async leave(): Promise<void> {
    await this.pool.query('DELETE FROM hms.sync_instances WHERE id = $1', [this.id]);
  }

  /** @returns the instances that disagree and may live; none: the place is taken */
  private async tryToJoin(client: PoolClient): Promise<Instance[]> {
    await lockTargets(client);
    await client.query(
      `DELETE FROM hms.sync_instances WHERE seen_at < clock_timestamp() - $1 * interval '1 second'`,
      [patience],
    );
    const { rows } = await client.query<Instance>(
      'SELECT id, seen_at::text AS "seenAt" FROM hms.sync_instances WHERE settings <> $1 AND id <> $2',
      [this.settings, this.id],
    );
    if (rows.length === 0) await client.query(presentStatement, [this.id, this.settings]);
    return rows;
  }
}

const presentStatement = `
INSERT INTO hms.sync_instances (id, settings) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`;

/** The same for the same settings; tells neither the address nor the secret. The demo is no setting. */
function fingerprint(target: SyncTargetSettings | undefined): string {
  if (target?.name !== 'environment') return 'none';
  return createHmac('sha256', target.secret).update(target.url).digest('base64');
}

function disagreement(): StartupError {
  return new StartupError(
    'Another instance that runs on the same database has another SYNC_URL or SYNC_SECRET, or only one of the two ' +
      'has them: give all instances the same, or stop the others before you change them.',
  );
}
