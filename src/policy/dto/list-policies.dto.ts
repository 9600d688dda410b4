import { listQueryOf } from '../../platform/records/lists/list-query-of.js';
import { policyLists } from '../policy.lists.js';
import { PolicyDto } from './policy.dto.js';

/** What a list of policies can be asked for. */
export class ListPoliciesDto extends listQueryOf(PolicyDto, policyLists) {}
