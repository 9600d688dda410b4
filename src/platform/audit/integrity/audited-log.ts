import type { Logger } from '@nestjs/common';
import { Pool } from 'pg';
import type { DatabaseName, Settings } from '../../config/settings.js';
import { surviveLostConnections } from '../../database/pg-pool.js';
import { RetentionLog } from '../retention/retention-log.js';
import type { AuditKeys } from './audit-key.js';
import { CheckpointLog } from './checkpoint-log.js';
import { CheckpointSchedule } from './checkpoint-schedule.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import { InconsistentLogError } from './inconsistency.js';
import { LogProver } from './log-prover.js';
import { NoteFile } from './note-file.js';
import { SubtreeFile } from './subtree-file.js';

/** What the integrity of one database's log is made of. */
export interface AuditedLogOptions {
  readonly database: DatabaseName;
  /** Connection URL of the application's login. */
  readonly url: string;
  /** Connections that serve requests. */
  readonly pool: Pool;
  readonly settings: Settings['audit'];
  readonly keys: AuditKeys;
  readonly log: Pick<Logger, 'error' | 'warn' | 'log'>;
}

/** How a log stands to its last checkpoint. */
export interface LogState {
  readonly database: DatabaseName;
  readonly state: 'consistent' | 'inconsistent' | 'unsigned';
  /** Entries that the last checkpoint is over; null unless consistent. */
  readonly size: number | null;
  /** When that was signed. */
  readonly time: string | null;
  /** What is wrong; null unless inconsistent. */
  readonly kind: string | null;
  readonly detail: string | null;
}

/** The log of one database: its checkpoints are written, and things about it are proved. */
export class AuditedLog {
  readonly checkpoints: CheckpointLog;
  readonly prover: LogProver;
  private readonly writerPool: Pool;
  private readonly schedule: CheckpointSchedule;

  constructor(private readonly options: AuditedLogOptions) {
    const { database, url, pool, settings, keys, log } = options;
    const { directory, interval, witnessUrl } = settings;
    this.checkpoints = new CheckpointLog(directory, database, keys);
    this.prover = new LogProver(pool, this.checkpoints, new SubtreeFile(directory, database));
    this.writerPool = auditPool(url);
    const writer = new CheckpointWriter(
      this.writerPool,
      this.checkpoints,
      new SubtreeFile(directory, database),
    );
    this.schedule = new CheckpointSchedule(writer, { database, interval, witnessUrl, log });
  }

  /** What was removed from the log under a retention; nothing of it is read yet. */
  retentions(): RetentionLog {
    const { database, settings, keys } = this.options;
    return new RetentionLog(new NoteFile(settings.directory, database, 'retention'), database, keys.accepted);
  }

  start(): void {
    this.schedule.start();
  }

  async stop(): Promise<void> {
    await this.schedule.stop();
    await this.writerPool.end();
  }

  /**
   * Compares the end of the log with the last checkpoint. That older entries are still those that were
   * signed is known from the last turn of the writer in this process.
   */
  async state(): Promise<LogState> {
    const { database } = this.options;
    const none = { database, size: null, time: null, kind: null, detail: null };
    try {
      if (this.schedule.problem) throw this.schedule.problem;
      const latest = await this.prover.latest();
      if (!latest) return { ...none, state: 'unsigned' };
      return { ...none, state: 'consistent', size: latest.size, time: latest.time };
    } catch (error) {
      if (!(error instanceof InconsistentLogError)) throw error;
      return { ...none, state: 'inconsistent', kind: error.kind, detail: error.message };
    }
  }
}

/** Connections of one's own, so that long walks over a log hold up no request. */
export function auditPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: 1,
    application_name: 'hms-audit',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 60_000,
  });
  // An idle connection was cut: the next statement opens another, or fails and is handled there.
  surviveLostConnections(pool);
  return pool;
}
