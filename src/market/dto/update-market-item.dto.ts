import { IntersectionType, OmitType, PartialType } from '@nestjs/swagger';
import { ChangesOf } from '../../platform/records/changes-of.js';
import { CreateMarketItemDto } from './create-market-item.dto.js';
import { MarketItemStatusDto } from './market-item-status.dto.js';

/** What a client sends to change an item: any of its members. The status is accepted as it was read. */
export class UpdateMarketItemDto extends IntersectionType(
  ChangesOf(OmitType(CreateMarketItemDto, ['status'])),
  PartialType(MarketItemStatusDto, { skipNullProperties: false }),
) {}
