import {
  beginning,
  choice,
  day,
  dayWithin,
  entry,
  instant,
  text,
} from '../platform/records/lists/list-filters.js';
import type { ListRules } from '../platform/records/lists/list-rules.js';
import { programTypes } from './policy-parts.js';
import { policyStatuses } from './policy.life-cycle.js';

/** What lists of policies can be asked for. */
export const policyLists: ListRules = {
  filters: {
    status: choice(policyStatuses),
    code: text(64),
    title: beginning(200),
    programType: choice(programTypes),
    effectiveFrom: day,
    effectiveTo: day,
    effectiveOn: dayWithin('effectiveFrom', 'effectiveTo'),
    tags: entry(50),
    createdAt: instant,
    updatedAt: instant,
  },
  sorts: ['title', 'effectiveFrom', 'effectiveTo', 'createdAt', 'updatedAt'],
  // In force from ever, and for ever.
  absent: { effectiveFrom: '-infinity', effectiveTo: 'infinity' },
  searched: 'code, title, summary and description',
  large: ['parameters', 'rules'],
};
