import { transitionOf } from '../../platform/records/life-cycle/transition.dto.js';
import { marketItemStatuses } from '../market-item.life-cycle.js';

/** What a client sends to bring an item into another state. */
export class TransitionMarketItemDto extends transitionOf(marketItemStatuses, 'MarketItemTransition') {}
