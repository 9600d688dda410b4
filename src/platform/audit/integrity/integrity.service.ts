import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import { type DatabaseName, databaseNames, Settings } from '../../config/settings.js';
import { DatabaseAddresses } from '../../database/database-addresses.js';
import type { VersionKey } from '../../records/history/removed-version.js';
import { type AuditKeys, pemOf, readAuditKeys } from './audit-key.js';
import { AuditedLog, type LogState } from './audited-log.js';
import type { AuditedTable } from './audited-table.js';
import { openCheckpoint } from './checkpoint.js';
import type { InclusionProof } from './log-prover.js';
import { verifierKey } from './signed-note.js';
import { type VerifiedPart, verifyAgency } from './verify-agency.js';

/** The last checkpoint of one database, and what it is verified with. */
export interface LatestCheckpoint {
  readonly database: DatabaseName;
  /** The note; null where there is none yet. */
  readonly checkpoint: string | null;
  /** The key in PEM form. */
  readonly publicKey: string;
  /** The key as verifiers of C2SP notes take it; null where there is no checkpoint yet. */
  readonly verifierKey: string | null;
}

/** What is asked for in a verification of an agency's records. */
export interface VerificationRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A part of the verification of an agency, and how the logs as a whole stand. */
export interface Verification extends VerifiedPart {
  readonly logs: readonly LogState[];
}

/** Makes the logs of both databases tamper-evident while the application runs. */
@Injectable()
export class IntegrityService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logs: ReadonlyMap<DatabaseName, AuditedLog>;
  private readonly keys: AuditKeys;

  constructor(
    settings: Settings,
    addresses: DatabaseAddresses,
    private readonly tables: readonly AuditedTable[],
    private readonly pools: Readonly<Record<DatabaseName, Pool>>,
  ) {
    this.keys = readAuditKeys(settings.audit);
    const shared = { settings: settings.audit, keys: this.keys, log: new Logger('Audit') };
    this.logs = new Map(
      databaseNames.map((database) => [
        database,
        new AuditedLog({ ...shared, database, url: addresses[database].url, pool: pools[database] }),
      ]),
    );
  }

  onApplicationBootstrap(): void {
    for (const log of this.logs.values()) log.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.logs.values()].map((log) => log.stop()));
  }

  /** @throws {ProblemError} `not-found`, `removed`, `not-checkpointed` */
  async prove(database: DatabaseName, key: VersionKey): Promise<InclusionProof> {
    const log = this.logs.get(database);
    if (!log) throw new Error(`There is no log of ${database}.`);
    return log.prover.prove(key);
  }

  /** Verifies a part of what the logs hold of an agency. @throws {ProblemError} `invalid-parameter` */
  async verify(agency: string, request: VerificationRequest): Promise<Verification> {
    const { tables, pools } = this;
    const retentions = Object.fromEntries(
      [...this.logs].map(([database, log]) => [database, log.retentions()]),
    );
    const part = await verifyAgency({ tables, pools, retentions }, agency, request);
    return { ...part, logs: await Promise.all([...this.logs.values()].map((log) => log.state())) };
  }

  /** The last checkpoint of each database. */
  checkpoints(): Promise<LatestCheckpoint[]> {
    return Promise.all(
      [...this.logs].map(async ([database, { checkpoints }]) => {
        const note = await checkpoints.file.last();
        const origin = note === undefined ? undefined : openCheckpoint(note, this.keys.accepted)?.origin;
        const [key = this.keys.signing] = this.keys.accepted;
        return {
          database,
          checkpoint: note ?? null,
          publicKey: pemOf(key),
          verifierKey: origin === undefined ? null : verifierKey(origin, key),
        };
      }),
    );
  }
}
