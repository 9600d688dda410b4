import type { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import type { SyncedResource } from '../synced-resource.js';
import type { TargetTypes } from '../target-types/target-types.js';
import type { Condition, MessageSigner, Target } from './target.js';
import type { SealedTarget, TargetVault } from './target-vault.js';

interface TargetRow extends SealedTarget {
  readonly agency: string | null;
  readonly url: string;
  readonly origin: 'api' | 'environment' | 'demo';
  readonly actions: readonly string[] | null;
  readonly condition: Condition | null;
  readonly mode: Target['mode'];
  readonly afterDeadLetter: Target['afterDeadLetter'];
  readonly timeout: number | null;
  readonly concurrency: number | null;
  readonly allowedNetworks: readonly string[];
  readonly paused: boolean;
}

/** A target with all that says what it is, by which it is told from what it becomes. */
interface KnownTarget {
  readonly content: string;
  readonly target: Target;
  /** It is not paused, and this process can send to it. */
  readonly sendable: boolean;
}

type TargetSecrets = Pick<Target, 'signature' | 'headers'>;

export interface TargetRegistryParts {
  readonly pool: Pool;
  readonly resources: readonly SyncedResource[];
  readonly vault: TargetVault;
  /** By name of the target of the environment; without one it is left to a process that has it. */
  readonly signatures: ReadonlyMap<string, MessageSigner>;
  readonly types: TargetTypes;
  readonly log: Pick<Logger, 'warn'>;
}

export interface TargetDefaults extends Pick<Target, 'timeout' | 'concurrency'> {
  /** Milliseconds that no attempt may exceed. */
  readonly longestTimeout: number;
}

/** Milliseconds for which what was read is taken to be true. */
const freshness = 1000;

/**
 * Knows the targets of one database: those of its table, with their secrets, or those that this process
 * was given for the targets of the environment. One whose type this process lacks keeps its changes, for a process
 * that has it; the log says so once.
 */
export class TargetRegistry {
  private readonly resources: ReadonlyMap<string, SyncedResource>;
  private rows: readonly TargetRow[] = [];
  private known: ReadonlyMap<number, KnownTarget> = new Map();
  private readAt = Number.NEGATIVE_INFINITY;
  private changes = 0;
  /** Ids of the targets whose type is lacking. */
  private unserved: ReadonlySet<number> = new Set();

  constructor(
    private readonly parts: TargetRegistryParts,
    private readonly defaults: TargetDefaults,
  ) {
    this.resources = new Map(parts.resources.map((resource) => [resource.name, resource]));
  }

  /** Reads the table again if the last time is a second ago. */
  async refresh(): Promise<void> {
    while (performance.now() - this.readAt >= freshness) {
      const { changes } = this;
      const { rows } = await this.parts.pool.query<TargetRow>({
        name: 'sync-targets',
        text: targetsStatement,
      });
      await this.parts.vault.load(rows);
      // What was read before a change must not stand in for what came of it.
      if (changes !== this.changes) continue;
      this.take(rows);
      this.readAt = performance.now();
    }
  }

  /** Makes the next {@link refresh} read the table, and one that is under way read it once more. */
  forget(): void {
    this.changes += 1;
    this.readAt = Number.NEGATIVE_INFINITY;
  }

  /** The targets that may be sent to. */
  active(): Target[] {
    return [...this.known.values()].flatMap(({ target, sendable }) => (sendable ? [target] : []));
  }

  /** Whether a target is still what it was when it was given out, and may be sent to. */
  mayBeSent(target: Target): boolean {
    const known = this.known.get(target.id);
    return known?.target === target && known.sendable;
  }

  /** A target, sent to or not; undefined where this process has no secret for it. */
  find(id: number): Target | undefined {
    return this.known.get(id)?.target;
  }

  /** The ids of all targets of the table. */
  ids(): ReadonlySet<number> {
    return new Set(this.rows.map(({ id }) => id));
  }

  private take(rows: readonly TargetRow[]): void {
    const before = this.known;
    this.rows = rows;
    const unserved = this.tellUnserved(rows);
    this.known = new Map(
      rows.flatMap((row) => {
        const resource = this.resources.get(row.resource);
        const secrets = this.secretsOf(row);
        if (!resource || !secrets) return [];
        const content = JSON.stringify({ ...row, headers: null });
        const earlier = before.get(row.id);
        const target = earlier?.content === content ? earlier.target : this.target(row, resource, secrets);
        return [[row.id, { content, target, sendable: !row.paused && !unserved.has(row.id) }] as const];
      }),
    );
  }

  private tellUnserved(rows: readonly TargetRow[]): ReadonlySet<number> {
    const refused = rows.flatMap((row) => {
      const reason = this.parts.types.refusal(row.url);
      return reason === undefined ? [] : [{ ...row, reason }];
    });
    for (const { id, resource, name, reason } of refused)
      if (!this.unserved.has(id))
        this.parts.log.warn(
          `Sync of ${resource} to ${name}: nothing is sent by this process, since ${reason}. Its changes are kept. ` +
            'Bring the module back that did, or change the URL of the target.',
        );
    this.unserved = new Set(refused.map(({ id }) => id));
    return this.unserved;
  }

  private secretsOf(row: TargetRow): TargetSecrets | undefined {
    const opened = this.parts.vault.of(row);
    const signature = row.origin === 'api' ? opened.signature : this.parts.signatures.get(row.name);
    return signature && opened.headers && { signature, headers: opened.headers };
  }

  private target(row: TargetRow, resource: SyncedResource, secrets: TargetSecrets): Target {
    const { timeout, concurrency, longestTimeout } = this.defaults;
    const { id, name, agency, url, actions, condition, mode, afterDeadLetter, allowedNetworks } = row;
    return {
      ...secrets,
      id,
      name,
      resource,
      agency,
      url,
      actions,
      condition,
      mode,
      afterDeadLetter,
      timeout: Math.min(row.timeout ?? timeout, longestTimeout),
      concurrency: row.concurrency ?? concurrency,
      allowedNetworks,
    };
  }
}

const targetsStatement = `
SELECT t.id, t.resource, t.agency, t.name, t.url, t.origin, t.actions, t.condition, t.mode,
  t.after_dead_letter AS "afterDeadLetter", t.timeout, t.concurrency, t.allowed_networks AS "allowedNetworks",
  t.headers, t.headers_key_id AS "headersKeyId", t.paused, t.revision,
  ARRAY(SELECT s.id FROM hms.sync_secrets s
    WHERE s.target_id = t.id AND (s.expires_at IS NULL OR s.expires_at > now()) ORDER BY s.id DESC) AS "secretIds"
FROM hms.sync_targets t ORDER BY t.id`;
