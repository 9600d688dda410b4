import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../platform/auth/request-context.js';
import { Context } from '../platform/auth/request-context.decorator.js';
import { RequireScope } from '../platform/auth/require-scope.decorator.js';
import { ReadQueryDto } from '../platform/records/read-query.dto.js';
import { ChangeBody, PatchBody } from '../platform/records/change-body.decorator.js';
import type { RecordChange } from '../platform/records/record-change.js';
import type { RecordDocument, RecordPage } from '../platform/records/record-document.js';
import { ApiChangeRecord, ApiRecordId } from '../platform/records/record-operations.decorator.js';
import { Records } from '../platform/records/record-routes.decorator.js';
import { type RecordTarget, Target } from '../platform/records/record-target.decorator.js';
import { CreatePolicyDto } from './dto/create-policy.dto.js';
import { EvaluatePolicyDto } from './dto/evaluate-policy.dto.js';
import { EvaluationDto } from './dto/evaluation.dto.js';
import { ListPoliciesDto } from './dto/list-policies.dto.js';
import { PolicyDto, PolicyPageDto } from './dto/policy.dto.js';
import { TransitionPolicyDto } from './dto/transition-policy.dto.js';
import { UpdatePolicyDto } from './dto/update-policy.dto.js';
import { PolicyService } from './policy.service.js';

const inForce = {
  description: 'Whether the policy is published and in force today, in UTC. Not with asOf.',
  schema: { type: 'string' as const, enum: ['true', 'false'] },
  example: 'true',
};

@ApiTags('policies')
@Controller('policies')
export class PolicyController {
  constructor(private readonly policies: PolicyService) {}

  @Records.List('policies:read', 'List policies', PolicyPageDto)
  list(@Context() context: RequestContext, @Query() query: ListPoliciesDto): Promise<RecordPage> {
    return this.policies.list(context, query);
  }

  @Records.Create('policies:write', 'Make a policy', PolicyDto)
  create(@Context() context: RequestContext, @Body() policy: CreatePolicyDto): Promise<RecordDocument> {
    return this.policies.create(context, policy);
  }

  @Records.Get('policies:read', 'Read a policy', PolicyDto, { 'In-Force': inForce })
  get(@Target() target: RecordTarget, @Query() query: ReadQueryDto): Promise<RecordDocument> {
    return this.policies.get(target, query);
  }

  @Records.Update('policies:write', 'Change a policy', UpdatePolicyDto, PolicyDto)
  update(
    @Target() target: RecordTarget,
    @ChangeBody(UpdatePolicyDto) change: RecordChange,
  ): Promise<RecordDocument> {
    return this.policies.update(target, change);
  }

  @Records.Patch(
    'policies:write',
    'Change a policy, and objects within it in part',
    UpdatePolicyDto,
    PolicyDto,
  )
  patch(
    @Target() target: RecordTarget,
    @PatchBody(UpdatePolicyDto) change: RecordChange,
  ): Promise<RecordDocument> {
    return this.policies.update(target, change);
  }

  @Post(':id/transitions')
  @RequireScope('policies:write')
  @ApiChangeRecord('Bring a policy into another state', PolicyDto, {
    description:
      'draft → in_review → approved → published; in_review → draft; published ⇄ suspended; published or suspended ' +
      '→ retired. Whoever edited the policy last neither approves nor publishes it.',
    conflict: 'The policy does not go there from its state, or somebody else must take this step.',
  })
  transition(
    @Target() target: RecordTarget,
    @Body() transition: TransitionPolicyDto,
  ): Promise<RecordDocument> {
    return this.policies.transition(target, transition);
  }

  @Post(':id/evaluate')
  @HttpCode(200)
  @RequireScope('policies:read')
  @ApiOperation({
    summary: 'Evaluate the rules of a policy for given facts',
    description:
      'Answers who is eligible with reasons: every rule, the values of parameters on the day, their legal sources. Stores nothing.',
  })
  @ApiRecordId
  @ApiOkResponse({ type: EvaluationDto, description: 'What the rules come to.' })
  evaluate(@Target() target: RecordTarget, @Body() request: EvaluatePolicyDto): Promise<EvaluationDto> {
    return this.policies.evaluate(target, request);
  }

  @Records.Remove('policies:write', 'Delete a policy')
  remove(@Target() target: RecordTarget): Promise<void> {
    return this.policies.remove(target);
  }
}
