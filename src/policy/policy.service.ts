import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../platform/auth/request-context.js';
import type { RecordHistory } from '../platform/records/history/record-history.js';
import { InjectHistory, InjectRecords } from '../platform/records/inject-records.decorator.js';
import { withReason } from '../platform/records/life-cycle/transition.dto.js';
import type { ReadQueryDto } from '../platform/records/read-query.dto.js';
import type { RecordChange } from '../platform/records/record-change.js';
import type { RecordDocument, RecordPage } from '../platform/records/record-document.js';
import type { RecordStore } from '../platform/records/record-store.js';
import type { RecordTarget } from '../platform/records/record-target.decorator.js';
import type { CreatePolicyDto } from './dto/create-policy.dto.js';
import type { EvaluatePolicyDto } from './dto/evaluate-policy.dto.js';
import type { EvaluationDto } from './dto/evaluation.dto.js';
import type { ListPoliciesDto } from './dto/list-policies.dto.js';
import type { TransitionPolicyDto } from './dto/transition-policy.dto.js';
import { evaluatePolicy } from './policy-evaluation.js';
import { Policy } from './policy.entity.js';

/** The benefit policies of the caller's agency. The rules that are only a policy's belong here. */
@Injectable()
export class PolicyService {
  constructor(
    @InjectRecords(Policy) private readonly policies: RecordStore<Policy>,
    @InjectHistory(Policy) private readonly history: RecordHistory,
  ) {}

  list(context: RequestContext, query: ListPoliciesDto): Promise<RecordPage> {
    return this.policies.list(context, query);
  }

  get({ context, id }: RecordTarget, query: ReadQueryDto): Promise<RecordDocument> {
    return this.policies.get(context, id, query);
  }

  create(context: RequestContext, policy: CreatePolicyDto): Promise<RecordDocument> {
    return this.policies.create(context, policy);
  }

  update({ context, id, accepted }: RecordTarget, change: RecordChange): Promise<RecordDocument> {
    return this.policies.update(context, id, change, accepted);
  }

  /** @throws {ProblemError} `invalid-transition`, `separation-of-duties`, and as an update */
  transition(
    { context, id, accepted }: RecordTarget,
    transition: TransitionPolicyDto,
  ): Promise<RecordDocument> {
    return this.policies.transition(withReason(context, transition), id, transition.to, accepted);
  }

  /** Evaluates the policy as it is, or one of its versions. Reads only. */
  async evaluate({ context, id }: RecordTarget, request: EvaluatePolicyDto): Promise<EvaluationDto> {
    const { version } = request;
    const policy = await (version == null
      ? this.policies.get(context, id)
      : this.history.version(context, id, version));
    return evaluatePolicy(policy, request, new Date().toISOString().slice(0, 10));
  }

  remove({ context, id, accepted }: RecordTarget): Promise<void> {
    return this.policies.remove(context, id, accepted);
  }
}
