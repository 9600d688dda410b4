import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import { inTransaction } from '../../database/pg-transaction.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { OperatorActions } from '../operator-actions.js';
import type { SyncedResource } from '../synced-resource.js';
import { type VisibleTarget, VisibleTargets } from '../targets/visible-targets.js';
import { cancelStatement, jobStatement, jobsStatement, startStatement } from './job-statements.js';
import type { JobKind, JobState } from './sync-job.js';

/** A job, as it is told to administrators. */
export interface SyncJobSummary {
  readonly id: number;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly since: string | null;
  readonly sinceVersion: number | null;
  readonly agency: string | null;
  readonly recordId: string | null;
  readonly records: number;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** What a replay is to begin with: an instant, or a version of one record. */
export interface ReplayRequest {
  readonly since?: string | undefined;
  readonly sinceVersion?: number | undefined;
  readonly recordId?: string | undefined;
  readonly agency?: string | undefined;
}

/** Starts, shows and ends the jobs of targets, for the callers that may see the target. */
@Injectable()
export class SyncJobs {
  constructor(
    private readonly targets: VisibleTargets,
    private readonly actions: OperatorActions,
  ) {}

  /**
   * Lets a target get the newest version of everything.
   *
   * @throws {ProblemError} `not-found`, `job-under-way`, `target-detached`
   */
  resync(context: RequestContext, resource: SyncedResource, targetId: number): Promise<SyncJobSummary> {
    return this.start(context, resource, targetId, 'resync', {});
  }

  /**
   * Lets a target get again what it had before.
   *
   * @throws {ProblemError} `not-found`, `job-under-way`, `target-detached`
   */
  replay(
    context: RequestContext,
    resource: SyncedResource,
    targetId: number,
    request: ReplayRequest,
  ): Promise<SyncJobSummary> {
    return this.start(context, resource, targetId, 'replay', request);
  }

  /** The newest 100 jobs of a target, newest first. @throws {ProblemError} `not-found` */
  async list(context: RequestContext, resource: SyncedResource, targetId: number): Promise<SyncJobSummary[]> {
    const pool = this.targets.pool(resource);
    await this.targets.find(context.caller, resource, targetId);
    const { rows } = await pool.query<SyncJobSummary>(jobsStatement, [targetId]);
    return rows;
  }

  /** @throws {ProblemError} `not-found` */
  async read(
    context: RequestContext,
    resource: SyncedResource,
    targetId: number,
    jobId: number,
  ): Promise<SyncJobSummary> {
    const pool = this.targets.pool(resource);
    await this.targets.find(context.caller, resource, targetId);
    return readJob(pool, targetId, jobId);
  }

  /**
   * Ends a job; what it has marked is still sent. A job that has ended stays as it is.
   *
   * @throws {ProblemError} `not-found`
   */
  cancel(
    context: RequestContext,
    resource: SyncedResource,
    targetId: number,
    jobId: number,
  ): Promise<SyncJobSummary> {
    return inTransaction(this.targets.pool(resource), async (client) => {
      const target = await this.targets.find(context.caller, resource, targetId, client);
      const { rows } = await client.query<SyncJobSummary>(cancelStatement, [targetId, jobId]);
      const [job] = rows;
      if (!job) return readJob(client, targetId, jobId);
      const reason = `${job.kind} ${job.id} of ${target.name}`;
      await this.actions.record(client, {
        action: 'sync.job.cancelled',
        context,
        resource: resource.name,
        agency: target.agency,
        reason,
      });
      return job;
    });
  }

  private start(
    context: RequestContext,
    resource: SyncedResource,
    targetId: number,
    kind: JobKind,
    request: ReplayRequest,
  ): Promise<SyncJobSummary> {
    return inTransaction(this.targets.pool(resource), async (client) => {
      const target = await this.targets.find(context.caller, resource, targetId, client);
      if (target.detached)
        throw new ProblemError('target-detached', 'Resume the target: it then gets all records anew.');
      const { recordId, since, sinceVersion } = request;
      const agency = recordId ? recordAgency(target, context, request) : null;
      const values = [targetId, kind, since, sinceVersion, agency, recordId, context.caller.subject];
      const { rows } = await client.query<SyncJobSummary>(startStatement, values);
      const [job] = rows;
      if (!job)
        throw new ProblemError('job-under-way', 'Wait until the job of this target has ended, or cancel it.');
      const reason = [`${kind} ${job.id} of ${target.name}`, since ?? sinceVersion]
        .filter(Boolean)
        .join(' since ');
      const action = {
        action: 'sync.job.started',
        context,
        resource: resource.name,
        agency: target.agency,
        ...(recordId && { recordId }),
        reason,
      };
      await this.actions.record(client, action);
      return job;
    });
  }
}

/** A record's id is unique within its agency alone. */
function recordAgency(target: VisibleTarget, { caller }: RequestContext, { agency }: ReplayRequest): string {
  const own = target.agency ?? agency ?? caller.agency;
  if ((agency ?? own) !== own)
    throw new ProblemError('validation-failed', 'One member is not valid; see errors.', {
      errors: [{ pointer: '/agency', detail: 'Must be the agency of the target.' }],
    });
  return own;
}

async function readJob(client: Pool | PoolClient, targetId: number, jobId: number): Promise<SyncJobSummary> {
  const { rows } = await client.query<SyncJobSummary>(jobStatement, [targetId, jobId]);
  if (!rows[0]) throw new ProblemError('not-found', `The target has no job ${jobId}.`);
  return rows[0];
}
