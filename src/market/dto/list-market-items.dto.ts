import { listQueryOf } from '../../platform/records/lists/list-query-of.js';
import { marketItemLists } from '../market.lists.js';
import { MarketItemDto } from './market-item.dto.js';

/** What a list of items can be asked for. */
export class ListMarketItemsDto extends listQueryOf(MarketItemDto, marketItemLists) {}
