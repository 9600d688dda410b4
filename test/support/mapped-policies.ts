import { Module } from '@nestjs/common';
import { PickType } from '@nestjs/swagger';
import { type Payload, RecordsModule, type Resource } from '../../src/platform/index.js';
import { TextField } from '../../src/platform/http/fields/index.js';
import { PolicyDto } from '../../src/policy/dto/policy.dto.js';
import { PolicyController } from '../../src/policy/policy.controller.js';
import type { Policy } from '../../src/policy/policy.entity.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { PolicyService } from '../../src/policy/policy.service.js';

/** What external systems get of a policy: its name under another one, its description, and no summary. */
export class PolicyPayloadDto extends PickType(PolicyDto, ['agency', 'version', 'deleted', 'description']) {
  @TextField({ description: 'What it is called.', example: 'Winter heating allowance' })
  name: string;
}

/** Titles of policies of which no payload can be made until a test says otherwise. */
export const unmappable = new Set<string>();

export const policyPayload: Payload<PolicyDto, PolicyPayloadDto> = {
  document: PolicyPayloadDto,
  of({ title, description, summary }) {
    if (unmappable.has(title)) throw new RangeError(`${title} and ${summary} are secret`);
    return { name: title, description };
  },
};

const mapped: Resource<Policy> = { ...policyResource, payload: policyPayload };

/** The policies of the service, but for what external systems get of them. */
@Module({
  imports: [RecordsModule.forFeature(mapped)],
  controllers: [PolicyController],
  providers: [PolicyService],
})
export class MappedPolicyModule {
  static readonly resources = [mapped];
}
