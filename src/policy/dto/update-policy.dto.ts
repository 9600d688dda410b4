import { IntersectionType, OmitType, PartialType } from '@nestjs/swagger';
import { ChangesOf } from '../../platform/records/changes-of.js';
import { CreatePolicyDto } from './create-policy.dto.js';
import { PolicyStatusDto } from './policy-status.dto.js';

/** What a client sends to change a policy: any of its members. The status is accepted as it was read. */
export class UpdatePolicyDto extends IntersectionType(
  ChangesOf(OmitType(CreatePolicyDto, ['status'])),
  PartialType(PolicyStatusDto, { skipNullProperties: false }),
) {}
