import { beginning, choice, entry, entryId, instant, text } from '../platform/records/lists/list-filters.js';
import type { ListRules } from '../platform/records/lists/list-rules.js';
import { marketItemKinds } from './market-item-parts.js';
import { marketItemStatuses } from './market-item.life-cycle.js';

/** What lists of items can be asked for. */
export const marketItemLists: ListRules = {
  filters: {
    status: choice(marketItemStatuses),
    code: text(64),
    name: beginning(200),
    kind: choice(marketItemKinds),
    category: text(50),
    policyIds: entryId,
    tags: entry(50),
    createdAt: instant,
    updatedAt: instant,
  },
  sorts: ['name', 'createdAt', 'updatedAt'],
  searched: 'code, name, summary and description, and the name of the provider',
  large: [],
};
