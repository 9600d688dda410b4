import type { Resource } from '../platform/records/resource.js';
import { CreateMarketItemDto } from './dto/create-market-item.dto.js';
import { MarketItemDto } from './dto/market-item.dto.js';
import { UpdateMarketItemDto } from './dto/update-market-item.dto.js';
import { marketItemConstraints } from './market.constraints.js';
import { marketItemLists } from './market.lists.js';
import { MarketItem } from './market-item.entity.js';
import { marketItemLifeCycle } from './market-item.life-cycle.js';
import { marketMigrations } from './migrations/index.js';

/** Marketplace items: HMS-MKT, in MarketDB. */
export const marketItemResource: Resource<MarketItem> = {
  name: 'items',
  type: 'item',
  description: 'Marketplace items.',
  path: 'market/items',
  database: 'market',
  entity: MarketItem,
  document: MarketItemDto,
  bodies: { create: CreateMarketItemDto, update: UpdateMarketItemDto },
  migrations: marketMigrations,
  constraints: marketItemConstraints,
  lifeCycle: marketItemLifeCycle,
  lists: marketItemLists,
  references: [{ member: 'policyIds', resource: 'policies' }],
};
