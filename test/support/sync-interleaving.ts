import type { Pool, PoolClient } from 'pg';
import type { Change, Claim } from '../../src/platform/sync/delivery/cursor-store.js';
import { CursorStore } from '../../src/platform/sync/delivery/cursor-store.js';
import { Housekeeping } from '../../src/platform/sync/jobs/housekeeping.js';
import { type JobProgress, JobRunner } from '../../src/platform/sync/jobs/job-runner.js';
import { ModelReceiver } from './model-receiver.js';
import type { Random } from './seed.js';
import { policies } from './sync-fixture.js';

/** A claim that some process works on. */
interface Work {
  readonly claim: Claim;
  readonly changes: readonly Change[];
  sent: number;
  failed: boolean;
  /** Its lease has ended: the process may still acknowledge, but sends no more. */
  expired: boolean;
}

const ids = ['r0', 'r1', 'r2', 'r3', 'r4'];
const versionsPerClaim = 3;
const silent = { warn: () => undefined };

/**
 * Does at random what writers, dispatchers, operators and a retention do to one target, one step at a time, on the
 * statements themselves; then lets everything come to rest, and tells what is wrong.
 */
export class SyncInterleaving {
  private readonly receiver = new ModelReceiver();
  private readonly store: CursorStore;
  private readonly jobs: JobRunner;
  private readonly housekeeping: Housekeeping;
  private readonly faults: string[] = [];
  private readonly instants: string[] = [];
  private works: Work[] = [];
  private open: { readonly client: PoolClient; readonly id: string } | undefined;
  private target = 0;
  private detached = false;

  constructor(
    private readonly pool: Pool,
    /** One of its own, so that earlier runs do not matter. */
    private readonly agency: string,
    private readonly random: Random,
  ) {
    this.store = new CursorStore(pool);
    this.jobs = new JobRunner(pool, [policies], 4);
    this.housekeeping = new Housekeeping(pool, { pauseLimit: 1000, attemptRetention: 1e9 }, silent);
  }

  /** @returns what is wrong; nothing, if all is well */
  async run(steps: number): Promise<string[]> {
    for (let n = this.upTo(6); n > 0; n -= 1) await this.write();
    await this.addTarget();
    const doings = this.doings();
    for (let n = 0; n < steps && this.isWell(); n += 1) await this.one(doings)();
    if (this.isWell()) await this.comeToRest();
    await this.close('ROLLBACK');
    await this.pool.query('DELETE FROM hms.sync_targets WHERE id = $1', [this.target]);
    await this.pool.query('DELETE FROM hms.sync_cursors WHERE target_id = $1', [this.target]);
    return [...this.faults, ...this.receiver.faults];
  }

  private isWell(): boolean {
    return this.faults.length === 0 && this.receiver.faults.length === 0;
  }

  /** What may be done, each as often as it is likely. */
  private doings(): (() => Promise<void>)[] {
    const often = (times: number, doing: () => Promise<void>) => Array.from({ length: times }, () => doing);
    return [
      ...often(8, () => this.write()),
      ...often(2, () => (this.open ? this.close(this.one(['COMMIT', 'ROLLBACK'])) : this.openWrite())),
      ...often(8, () => this.claim(1 + this.upTo(3))),
      ...often(14, () => this.send()),
      ...often(8, () => this.acknowledge()),
      ...often(2, async () => void (this.works = this.works.filter(() => this.random() < 0.5))),
      ...often(2, () => this.endLeases()),
      ...often(12, async () => void (await this.step())),
      ...often(3, () => this.startJob()),
      () => this.cancelJob(),
      ...often(2, () => this.removeOldVersions()),
      () => (this.detached ? this.attach() : this.detach()),
    ];
  }

  private async write(): Promise<void> {
    const id = this.one(ids.filter((each) => each !== this.open?.id));
    await this.writeWith(this.pool, id);
    const { rows } = await this.pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    this.instants.push(rows[0]?.now ?? '');
  }

  private async writeWith(client: Pool | PoolClient, id: string): Promise<void> {
    const change = this.one([
      'title = $3',
      'title = $3',
      'deleted_at = now()',
      'deleted_at = NULL, title = $3',
    ]);
    const title = change.includes('$3') ? [String(this.random())] : [];
    const { rowCount } = await client.query(`UPDATE policies SET ${change} WHERE agency = $1 AND id = $2`, [
      this.agency,
      id,
      ...title,
    ]);
    if (rowCount === 0)
      await client.query("INSERT INTO policies (agency, id, title) VALUES ($1, $2, 'new')", [
        this.agency,
        id,
      ]);
  }

  private async openWrite(): Promise<void> {
    const client = await this.pool.connect();
    const id = this.one(ids);
    await client.query('BEGIN');
    await this.writeWith(client, id);
    this.open = { client, id };
  }

  private async close(end: string): Promise<void> {
    await this.open?.client.query(end);
    this.open?.client.release();
    this.open = undefined;
  }

  private async claim(count: number): Promise<void> {
    if (this.detached) return;
    const claims = await this.store.claim(new Map([[this.target, count]]), 3_600_000);
    for (const { id, recordId } of claims)
      if (this.works.some((work) => !work.expired && work.claim.id === id))
        this.faults.push(`${recordId}: two work on it at once`);
    await this.read(claims);
  }

  private async read(claims: readonly Claim[]): Promise<void> {
    const readings = claims.map((claim) => {
      const { resync, latestVersion, deliveredVersion } = claim;
      const first = resync === null ? deliveredVersion + 1 : latestVersion;
      return {
        claim,
        resource: 'policies',
        first,
        last: Math.min(latestVersion, first + versionsPerClaim - 1),
      };
    });
    const read = await this.store.readChanges(readings);
    for (const { claim, first, last } of readings) {
      const changes = read.get(claim) ?? [];
      if (changes.length === 0 && first <= last)
        this.faults.push(`${claim.recordId}: version ${first} is needed, and not in the log`);
      this.works.push({ claim, changes, sent: 0, failed: false, expired: false });
    }
  }

  private async send(): Promise<void> {
    const work = this.one(
      this.works.filter((each) => !each.expired && !each.failed && each.sent < each.changes.length),
    );
    const change = work?.changes[work.sent];
    if (!work || !change) return;
    work.failed = this.random() < 0.15;
    // A failed request may have arrived all the same.
    if (work.failed && this.random() < 0.5) return;
    const { version, document } = change;
    this.receiver.accept({
      record: work.claim.recordId,
      version,
      document,
      resync: work.claim.resync !== null && work.sent === 0,
    });
    if (!work.failed) work.sent += 1;
  }

  private async acknowledge(): Promise<void> {
    const work = this.one(this.works);
    if (!work) return;
    const { claim, changes, sent, failed, expired } = work;
    const delivered = changes[sent - 1]?.version ?? claim.deliveredVersion;
    const isRead = sent === changes.length && delivered < claim.latestVersion && claim.resync === null;
    const kept = isRead && !failed && !expired && this.random() < 0.5;
    const [result] = await this.store.acknowledge([
      {
        id: claim.id,
        claim: claim.claim,
        place: claim.place,
        resource: 'policies',
        delivered,
        kept,
        resync: sent > 0 ? null : claim.resync,
        retryIn: failed || sent < changes.length ? 0 : null,
        attempts: failed ? claim.attempts + 1 : 0,
        status: null,
        error: null,
      },
    ]);
    if (result !== 'locked') this.works = this.works.filter((each) => each !== work);
    if (kept && result === 'acknowledged') await this.read([{ ...claim, deliveredVersion: delivered }]);
  }

  private async endLeases(): Promise<void> {
    const working = this.works.filter(({ expired }) => !expired);
    for (const work of working) work.expired = true;
    await this.pool.query(
      `UPDATE hms.sync_cursors SET claimed_until = now() - interval '1 second' WHERE id = ANY (ARRAY(
         SELECT id FROM hms.sync_cursors WHERE target_id = $1 AND claimed_until IS NOT NULL FOR UPDATE SKIP LOCKED))`,
      [this.target],
    );
    // Those that a writer holds keep their lease, and so do their processes.
    const { rows } = await this.pool.query<{ id: string }>(
      'SELECT id FROM hms.sync_cursors WHERE target_id = $1 AND claimed_until > now()',
      [this.target],
    );
    for (const work of working) if (rows.some(({ id }) => id === work.claim.id)) work.expired = false;
  }

  /** A step of the jobs. What a replay sets back must be sent again. */
  private async step(): Promise<JobProgress> {
    const before = await this.delivered();
    const progress = await this.jobs.step();
    for (const [id, now] of await this.delivered())
      for (let version = now + 1; version <= (before.get(id) ?? 0); version += 1)
        this.receiver.expect(id, version);
    return progress;
  }

  private async delivered(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ id: string; delivered: number }>(
      'SELECT record_id AS id, delivered_version AS delivered FROM hms.sync_cursors WHERE target_id = $1',
      [this.target],
    );
    return new Map(rows.map(({ id, delivered }) => [id, delivered]));
  }

  private async addTarget(): Promise<void> {
    const { rows } = await this.pool.query<{ id: number }>(
      `WITH target AS (
         INSERT INTO hms.sync_targets (resource, agency, name, url) VALUES ('policies', $1, 'model', 'http://127.0.0.1:9')
         RETURNING id)
       INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'fill' FROM target RETURNING target_id AS id`,
      [this.agency],
    );
    this.target = rows[0]?.id ?? 0;
  }

  private async startJob(): Promise<void> {
    if (this.detached) return;
    const [kind, since, version, agency, id] = this.one([
      ['resync'],
      ['replay', this.one(this.instants) ?? '2000-01-01T00:00:00Z'],
      ['replay', null, 1 + this.upTo(4), this.agency, this.one(ids)],
    ]);
    await this.pool.query(
      `INSERT INTO hms.sync_jobs (target_id, kind, since, since_version, agency, record_id)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [this.target, kind, since, version, agency, id],
    );
  }

  /** Not a fill: without it, the target would rightly lack records. Nor the resync of a target attached again. */
  private async cancelJob(): Promise<void> {
    await this.pool.query(
      "UPDATE hms.sync_jobs SET state = 'cancelled' WHERE target_id = $1 AND state = 'running' AND kind = 'replay'",
      [this.target],
    );
  }

  /** What no target needs, and no newer version has replaced, stays. */
  private async removeOldVersions(): Promise<void> {
    await this.pool.query(
      `DELETE FROM hms.changes h USING policies p
       WHERE h.resource = 'policies' AND h.agency = $1 AND p.agency = h.agency AND p.id = h.record_id
         AND h.version < p.version AND h.version <= coalesce((SELECT c.delivered_version
           FROM hms.sync_cursors c WHERE c.target_id = $3 AND c.agency = h.agency AND c.record_id = h.record_id), $2::int)`,
      [this.agency, 1 + this.upTo(5), this.target],
    );
  }

  private async detach(): Promise<void> {
    if (this.random() < 0.5) return;
    // Far longer than any claim lasts.
    this.works = [];
    this.detached = true;
    await this.pool.query(
      "UPDATE hms.sync_targets SET paused = true, paused_at = now() - interval '1 day' WHERE id = $1",
      [this.target],
    );
    await this.housekeeping.turn();
  }

  private async attach(): Promise<void> {
    this.detached = false;
    this.receiver.attach();
    await this.pool.query('UPDATE hms.sync_targets SET paused = false, detached = false WHERE id = $1', [
      this.target,
    ]);
    await this.pool.query("INSERT INTO hms.sync_jobs (target_id, kind) VALUES ($1, 'resync')", [this.target]);
  }

  private async comeToRest(): Promise<void> {
    await this.close(this.one(['COMMIT', 'ROLLBACK']));
    if (this.detached) await this.attach();
    await this.endLeases();
    for (let round = 0; this.isWell(); round += 1) {
      const progress = await this.step();
      await this.claim(10);
      while (this.works.length > 0) {
        for (const { changes } of this.works) for (const _ of changes) await this.send();
        await this.acknowledge();
      }
      if (progress === 'idle' && !(await this.hasDue())) break;
      if (round > 500) this.faults.push('it does not come to rest');
    }
    if (this.isWell()) await this.compare();
  }

  private async hasDue(): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      'SELECT FROM hms.sync_cursors WHERE target_id = $1 AND due_at IS NOT NULL',
      [this.target],
    );
    return rowCount !== 0;
  }

  private async compare(): Promise<void> {
    const { rows } = await this.pool.query<{
      id: string;
      version: number;
      document: string;
      deleted: boolean;
      atRest: boolean | null;
    }>(
      `SELECT p.id, p.version, hms.policies_document(p)::text AS document, p.deleted_at IS NOT NULL AS deleted,
         c.delivered_version = p.version AND c.latest_version = p.version AND c.resync IS NULL AND c.claim IS NULL
           AND c.pending_since IS NULL AS "atRest"
       FROM policies p LEFT JOIN hms.sync_cursors c ON c.target_id = $2 AND c.agency = p.agency AND c.record_id = p.id
       WHERE p.agency = $1`,
      [this.agency, this.target],
    );
    for (const { id, version, document, deleted, atRest } of rows) {
      const held = this.receiver.held.get(id);
      // What was deleted before the target was there is none of its business.
      if (deleted && !held && atRest === null) continue;
      if (held?.version !== version || held.document !== document)
        this.faults.push(`${id}: it is at version ${version}, the receiver at ${held?.version}`);
      for (const missing of this.receiver.expectedOf(id))
        this.faults.push(`${id}: version ${missing} was not replayed`);
      if (atRest !== true) this.faults.push(`${id}: its cursor is not at rest`);
    }
  }

  private upTo(most: number): number {
    return Math.floor(this.random() * most);
  }

  private one<T>(choices: readonly T[]): T {
    return choices[this.upTo(choices.length)] as T;
  }
}
