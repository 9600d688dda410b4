import { IntersectionType, OmitType } from '@nestjs/swagger';
import { Complete } from '../../platform/http/fields/index.js';
import { pageOf } from '../../platform/http/paging/page.dto.js';
import { RecordMembersDto } from '../../platform/records/record-members.dto.js';
import { CreatePolicyDto } from './create-policy.dto.js';
import { PolicyStatusDto } from './policy-status.dto.js';

/** A policy as it is answered and sent to other systems. */
export class PolicyDto extends IntersectionType(
  RecordMembersDto,
  Complete(OmitType(CreatePolicyDto, ['id', 'status'])),
  PolicyStatusDto,
) {}

export const PolicyPageDto = pageOf(PolicyDto, 'Policy');
