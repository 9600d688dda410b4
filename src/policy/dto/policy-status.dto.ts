import { ChoiceField } from '../../platform/http/fields/index.js';
import { type PolicyStatus, policyStatuses } from '../policy.life-cycle.js';

/** The state of a policy. */
export class PolicyStatusDto {
  @ChoiceField(policyStatuses, {
    description: 'Where the policy stands. Changes by POST …/transitions only.',
    example: 'published',
  })
  status: PolicyStatus;
}
