import { ChoiceField } from '../../platform/http/fields/index.js';
import { type MarketItemStatus, marketItemStatuses } from '../market-item.life-cycle.js';

/** The state of an item. */
export class MarketItemStatusDto {
  @ChoiceField(marketItemStatuses, {
    description: 'Where the item stands. Changes by POST …/transitions only.',
    example: 'listed',
  })
  status: MarketItemStatus;
}
