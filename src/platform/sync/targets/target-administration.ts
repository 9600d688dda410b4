import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { insufficientScope } from '../../auth/refusals.js';
import type { RequestContext } from '../../auth/request-context.js';
import { validationFailed } from '../../http/validation.js';
import { isPlatform, platformScope } from '../platform-scope.js';
import type { SyncedResource } from '../synced-resource.js';
import { variableGone } from './configured-target.js';
import type { CreateTargetDto, TargetMembersDto } from './dto/create-target.dto.js';
import type { RotateSecretDto } from './dto/target-actions.dto.js';
import type { TargetWithSecretDto } from './dto/target.dto.js';
import type { UpdateTargetDto } from './dto/update-target.dto.js';
import { SecretStore } from './secret-store.js';
import { lockTargets } from './target-lock.js';
import { targetProblems } from './target-problems.js';
import { TargetRules } from './target-rules.js';
import { type NewSecret, newSecret, type SignatureScheme } from './target-secret.js';
import {
  closeBreaker,
  countTargets,
  insertTarget,
  listTargets,
  readTarget,
  startResync,
  type StoredTarget,
  type TargetContent,
  updateTarget,
} from './target-store.js';
import { type TargetRequest, TargetTransactions } from './target-transactions.js';

/** Targets of a resource for each agency, and for all agencies together. Each costs every write a little. */
const mostTargets = 20;
/** Seconds for which the old secret signs too, unless the caller says otherwise. */
const usualOverlap = 86_400;

/** What administrators do with targets. */
@Injectable()
export class TargetAdministration {
  constructor(
    private readonly transactions: TargetTransactions,
    private readonly secrets: SecretStore,
    private readonly rules: TargetRules,
  ) {}

  /** The targets of the caller's agency, or another; with the platform scope those of all agencies too. */
  async list(
    { caller }: RequestContext,
    resource: SyncedResource,
    agency: string = caller.agency,
  ): Promise<StoredTarget[]> {
    if (agency !== caller.agency && !isPlatform(caller)) throw insufficientScope(platformScope);
    return listTargets(this.transactions.pool(resource), resource.name, agency, isPlatform(caller));
  }

  get(request: TargetRequest): Promise<StoredTarget> {
    return this.transactions.read(request);
  }

  /**
   * Makes a target, which then gets all records there are.
   *
   * @throws {ProblemError} `insufficient-scope`, `validation-failed`, `name-taken`, `too-many-targets`,
   *   `secret-unavailable`
   */
  async create(
    context: RequestContext,
    resource: SyncedResource,
    given: CreateTargetDto,
  ): Promise<TargetWithSecretDto> {
    const { caller } = context;
    const { agency = caller.agency, scheme, secret: own, headers, ...members } = given;
    if (agency !== caller.agency && !isPlatform(caller)) throw insufficientScope(platformScope);
    const secret = secretOf(scheme ?? 'v1', own);
    const content = contentOf(emptyContent, members);
    return this.transactions.run(resource, async (client) => {
      await this.rules.check(client, { caller, resource: resource.name }, content);
      await lockTargets(client);
      const id = await insertTarget(client, resource.name, agency, content);
      if (id === undefined) throw targetProblems.nameTaken(content.name);
      if ((await countTargets(client, resource.name, agency)) > mostTargets)
        throw targetProblems.tooMany(mostTargets);
      const key = { id, resource: resource.name, agency: agency ?? undefined };
      if (headers) await this.secrets.setHeaders(client, key, headers);
      await this.secrets.add(client, key, secret);
      await client.query(`INSERT INTO hms.sync_jobs (target_id, kind, created_by) VALUES ($1, 'fill', $2)`, [
        id,
        caller.subject,
      ]);
      const target = await readTarget(client, key);
      if (!target) throw targetProblems.notFound(resource.name, id);
      await this.transactions.record(client, context, 'sync.target.created', target, '');
      return { ...target, secret: secret.shown };
    });
  }

  /**
   * Changes the members that are given. Another filter starts a resync: what the target did not get, or
   * should no longer have, is not known otherwise.
   */
  update(request: TargetRequest, { headers, ...members }: UpdateTargetDto): Promise<StoredTarget> {
    const { caller } = request.context;
    return this.transactions.change(request, 'sync.target.updated', async (client, before) => {
      const content = contentOf(before, members);
      const changed = changedMembers(before, content);
      if (before.origin !== 'api' && (changed.includes('name') || changed.includes('url')))
        throw targetProblems.configured('change its name or URL');
      await this.rules.check(client, { caller, resource: before.resource }, content, before);
      if (changed.length > 0 && !(await updateTarget(client, before.id, content)))
        throw targetProblems.nameTaken(content.name);
      if (headers !== undefined) await this.secrets.setHeaders(client, before, headers ?? {});
      if (changed.includes('actions') || changed.includes('condition'))
        await startResync(client, before.id, caller.subject);
      if (changed.includes('url')) await closeBreaker(client, before.id);
      const all = [...changed, ...(headers === undefined ? [] : ['headers'])];
      return all.length > 0 ? `${all.join(', ')} changed` : undefined;
    });
  }

  /** @throws {ProblemError} `configured-target` for one that the next start would make again */
  async remove(request: TargetRequest): Promise<void> {
    await this.transactions.change(request, 'sync.target.deleted', async (client, target) => {
      if (target.origin !== 'api' && target.pausedReason !== variableGone)
        throw targetProblems.configured('take it away');
      await client.query('DELETE FROM hms.sync_targets WHERE id = $1', [target.id]);
      return '';
    });
  }

  /** Sends nothing more to a target, and keeps its changes. */
  pause(request: TargetRequest, reason: string): Promise<StoredTarget> {
    return this.transactions.change(request, 'sync.target.paused', async (client, { id }) => {
      await client.query(
        `UPDATE hms.sync_targets SET paused = true, paused_at = coalesce(paused_at, now()), paused_reason = $2
         WHERE id = $1`,
        [id, reason],
      );
      return reason;
    });
  }

  /** Sends again, also to a target that said that it is gone. One that was given up gets everything anew. */
  resume(request: TargetRequest): Promise<StoredTarget> {
    const { caller } = request.context;
    return this.transactions.change(request, 'sync.target.resumed', async (client, { id, detached }) => {
      await client.query(
        `UPDATE hms.sync_targets SET paused = false, paused_at = NULL, paused_reason = NULL, detached = false
         WHERE id = $1`,
        [id],
      );
      await closeBreaker(client, id);
      if (detached) await startResync(client, id, caller.subject);
      return '';
    });
  }

  /**
   * Gives a target a new secret; for the time of the overlap the old one signs too.
   *
   * @throws {ProblemError} `configured-target`, `validation-failed`, `secret-unavailable`
   */
  async rotateSecret(
    request: TargetRequest,
    { overlap, scheme, secret: own }: RotateSecretDto,
  ): Promise<TargetWithSecretDto> {
    let made: NewSecret | undefined;
    const seconds = overlap ?? usualOverlap;
    const work = async (client: PoolClient, target: StoredTarget): Promise<string> => {
      if (target.origin !== 'api') throw targetProblems.configured('change its secret');
      made = secretOf(scheme ?? target.signingKeys[0]?.scheme ?? 'v1', own);
      await this.secrets.retire(client, target.id, seconds);
      await this.secrets.add(client, target, made);
      return `the old secret signs for ${seconds} seconds more`;
    };
    const target = await this.transactions.change(request, 'sync.target.secret-rotated', work);
    return { ...target, secret: made?.shown ?? null };
  }
}

const emptyContent: TargetContent = {
  name: '',
  url: '',
  actions: null,
  condition: null,
  mode: 'every',
  afterDeadLetter: 'hold',
  timeout: null,
  concurrency: null,
  allowedNetworks: [],
};

const contentMembers = Object.keys(emptyContent) as (keyof TargetContent)[];

/** What a target becomes: members that are absent stay, null sets an optional one back. */
function contentOf(before: TargetContent, members: Partial<TargetMembersDto>): TargetContent {
  const content: Record<string, unknown> = {};
  for (const member of contentMembers) {
    const given = members[member];
    content[member] = given === undefined ? before[member] : (given ?? emptyContent[member]);
  }
  return content as unknown as TargetContent;
}

function changedMembers(before: TargetContent, after: TargetContent): (keyof TargetContent)[] {
  return contentMembers.filter((member) => !isDeepStrictEqual(before[member], after[member]));
}

function secretOf(scheme: SignatureScheme, own: string | null | undefined): NewSecret {
  if (scheme === 'v1a' && own)
    throw validationFailed([
      { pointer: '/secret', detail: 'Must be left out with v1a, whose key pair the service makes.' },
    ]);
  return newSecret(scheme, own);
}
