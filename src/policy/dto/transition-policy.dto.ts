import { transitionOf } from '../../platform/records/life-cycle/transition.dto.js';
import { policyStatuses } from '../policy.life-cycle.js';

/** What a client sends to bring a policy into another state. */
export class TransitionPolicyDto extends transitionOf(policyStatuses, 'PolicyTransition') {}
