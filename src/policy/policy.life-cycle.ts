import type { LifeCycle } from '../platform/records/life-cycle/life-cycle.js';

export const policyStatuses = [
  'draft',
  'in_review',
  'approved',
  'published',
  'suspended',
  'retired',
] as const;
export type PolicyStatus = (typeof policyStatuses)[number];

/** The states of a policy. Whoever edited it last neither approves nor publishes it. */
export const policyLifeCycle = {
  initial: 'draft',
  transitions: {
    draft: ['in_review'],
    in_review: ['draft', 'approved'],
    approved: ['published'],
    published: ['suspended', 'retired'],
    suspended: ['published', 'retired'],
    retired: [],
  },
  reviewed: ['approved', 'published'],
} as const satisfies LifeCycle & { transitions: Record<PolicyStatus, readonly PolicyStatus[]> };
