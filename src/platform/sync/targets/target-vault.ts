import type { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { WebhookSigner } from '../delivery/webhook-signer.js';
import type { SigningKey } from '../delivery/webhook-signature.js';
import type { Sealed, SecretSealer } from './secret-sealer.js';
import type { MessageSigner, Target } from './target.js';
import { headersPurpose, secretPurpose, type SignatureScheme, signingKey } from './target-secret.js';

/** What is sealed of a target. */
export interface SealedTarget {
  readonly id: number;
  readonly resource: string;
  readonly name: string;
  readonly revision: number;
  /** Ids of the secrets that sign, the newest first. */
  readonly secretIds: readonly number[];
  readonly headers: Buffer | null;
  readonly headersKeyId: string | null;
}

/** What opens of a target; undefined: it does not. */
export interface OpenedTarget {
  /** Undefined as well where the target has no secret of its own. */
  readonly signature: MessageSigner | undefined;
  readonly headers: Target['headers'] | undefined;
}

interface SecretRow extends Sealed {
  readonly id: number;
  readonly scheme: SignatureScheme;
}

/**
 * The opened secrets of the targets of one database, in memory. Each is read and opened once. A target of
 * which something does not open is told in the log once, and is not delivered by this process.
 */
export class TargetVault {
  private keys = new Map<number, SigningKey | undefined>();
  private opened = new Map<string, OpenedTarget>();
  /** What is still to be told. */
  private readonly problems = new Set<string>();

  constructor(
    private readonly pool: Pool,
    private readonly sealer: SecretSealer,
    private readonly log: Pick<Logger, 'error'>,
  ) {}

  /** Opens what is new of these targets, which are all there are, and forgets what is gone. */
  async load(targets: readonly SealedTarget[]): Promise<void> {
    const unknown = targets.flatMap(({ secretIds }) => secretIds.filter((id) => !this.keys.has(id)));
    const rows = unknown.length > 0 ? await this.read(unknown) : [];
    const keys = new Map<number, SigningKey | undefined>();
    const opened = new Map<string, OpenedTarget>();
    for (const target of targets) {
      for (const id of target.secretIds)
        keys.set(
          id,
          this.keys.has(id)
            ? this.keys.get(id)
            : this.openKey(
                target,
                rows.find((row) => row.id === id),
              ),
        );
      const version = versionOf(target);
      opened.set(version, this.opened.get(version) ?? this.open(target, keys));
    }
    this.keys = keys;
    this.opened = opened;
    for (const problem of this.problems) this.log.error(problem);
    this.problems.clear();
  }

  /** @param target one of those of the last {@link load} */
  of(target: SealedTarget): OpenedTarget {
    return this.opened.get(versionOf(target)) ?? { signature: undefined, headers: undefined };
  }

  private async read(ids: readonly number[]): Promise<SecretRow[]> {
    const { rows } = await this.pool.query<SecretRow>({
      name: 'sync-secrets',
      text: 'SELECT id, scheme, key_id AS "keyId", sealed FROM hms.sync_secrets WHERE id = ANY ($1::int[])',
      values: [ids],
    });
    return rows;
  }

  private openKey({ id, resource, name }: SealedTarget, row?: SecretRow): SigningKey | undefined {
    if (!row) return undefined;
    return this.attempt({ resource, name, keyId: row.keyId }, () =>
      signingKey(row.scheme, this.sealer.open(row, secretPurpose(resource, id))),
    );
  }

  private open(target: SealedTarget, keys: ReadonlyMap<number, SigningKey | undefined>): OpenedTarget {
    const own = target.secretIds.flatMap((id) => keys.get(id) ?? []);
    const complete = own.length > 0 && own.length === target.secretIds.length;
    return {
      signature: complete ? new WebhookSigner(own) : undefined,
      headers: this.openHeaders(target),
    };
  }

  private openHeaders(target: SealedTarget): Target['headers'] | undefined {
    const { id, resource, headers: sealed, headersKeyId: keyId } = target;
    if (!sealed || keyId === null) return {};
    return this.attempt(
      { ...target, keyId },
      () =>
        JSON.parse(this.sealer.open({ keyId, sealed }, headersPurpose(resource, id))) as Target['headers'],
    );
  }

  private attempt<Opened>(
    { resource, name, keyId }: { resource: string; name: string; keyId: string },
    open: () => Opened,
  ): Opened | undefined {
    try {
      return open();
    } catch {
      const why = this.sealer.keyIds.includes(keyId)
        ? `the key ${keyId} does not open its secrets; rotate its secret and set its headers again`
        : `its secrets are sealed with the key ${keyId}, which SYNC_ENCRYPTION_KEYS does not have`;
      this.problems.add(`Sync of ${resource} to ${name}: nothing is sent by this process, since ${why}.`);
      return undefined;
    }
  }
}

const versionOf = ({ id, revision, secretIds, headersKeyId }: SealedTarget): string =>
  `${id} ${revision} ${secretIds.join()} ${headersKeyId}`;
