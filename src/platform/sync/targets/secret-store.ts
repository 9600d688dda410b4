import { Injectable } from '@nestjs/common';
import { targetProblems } from './target-problems.js';
import { SecretSealer } from './secret-sealer.js';
import { headersPurpose, type NewSecret, secretPurpose } from './target-secret.js';
import type { Queries, StoredTarget } from './target-store.js';

/** Secrets of a target that sign at once. */
const mostSecrets = 5;

/** Stores what must stay secret of targets. It is sealed before it leaves this process. */
@Injectable()
export class SecretStore {
  constructor(private readonly sealer: SecretSealer) {}

  /** @throws {ProblemError} `secret-unavailable` where there is no key to seal with */
  async add(
    client: Queries,
    { id, resource }: Pick<StoredTarget, 'id' | 'resource'>,
    { scheme, text, publicKey }: NewSecret,
  ): Promise<void> {
    const { keyId, sealed } = this.seal(text, secretPurpose(resource, id));
    await client.query(
      'INSERT INTO hms.sync_secrets (target_id, scheme, key_id, sealed, public_key) VALUES ($1, $2, $3, $4, $5)',
      [id, scheme, keyId, sealed, publicKey],
    );
  }

  /**
   * Lets the secrets of a target end.
   *
   * @param overlap seconds until then; at once for those that this process cannot open, or are too many
   */
  async retire(client: Queries, targetId: number, overlap: number): Promise<void> {
    await client.query(
      `DELETE FROM hms.sync_secrets WHERE target_id = $1 AND ($2 = 0 OR key_id <> ALL ($3) OR id NOT IN (
         SELECT id FROM hms.sync_secrets WHERE target_id = $1 ORDER BY id DESC LIMIT $4))`,
      [targetId, overlap, this.sealer.keyIds, mostSecrets - 1],
    );
    await client.query(
      `UPDATE hms.sync_secrets SET expires_at = least(expires_at, now() + $2 * interval '1 second') WHERE target_id = $1`,
      [targetId, overlap],
    );
  }

  /**
   * Replaces the extra headers of a target; their names are kept in lower case.
   *
   * @throws {ProblemError} `secret-unavailable` where there is no key to seal with
   */
  async setHeaders(
    client: Queries,
    { id, resource }: Pick<StoredTarget, 'id' | 'resource'>,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const text = JSON.stringify(Object.fromEntries(entries));
    const sealed = entries.length > 0 ? this.seal(text, headersPurpose(resource, id)) : undefined;
    await client.query(
      'UPDATE hms.sync_targets SET header_names = $2, headers = $3, headers_key_id = $4 WHERE id = $1',
      [id, entries.map(([name]) => name).toSorted(), sealed?.sealed ?? null, sealed?.keyId ?? null],
    );
  }

  private seal(text: string, purpose: string): ReturnType<SecretSealer['seal']> {
    if (this.sealer.currentKey === undefined) throw targetProblems.noKey();
    return this.sealer.seal(text, purpose);
  }
}
