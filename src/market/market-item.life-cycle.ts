import type { LifeCycle } from '../platform/records/life-cycle/life-cycle.js';

export const marketItemStatuses = ['draft', 'listed', 'suspended', 'withdrawn'] as const;
export type MarketItemStatus = (typeof marketItemStatuses)[number];

/** The states of an item. One person may take every step. */
export const marketItemLifeCycle = {
  initial: 'draft',
  transitions: {
    draft: ['listed'],
    listed: ['suspended', 'withdrawn'],
    suspended: ['listed', 'withdrawn'],
    withdrawn: ['draft'],
  },
  reviewed: [],
} as const satisfies LifeCycle & { transitions: Record<MarketItemStatus, readonly MarketItemStatus[]> };
