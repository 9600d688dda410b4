import { IntersectionType, OmitType } from '@nestjs/swagger';
import { Complete } from '../../platform/http/fields/index.js';
import { pageOf } from '../../platform/http/paging/page.dto.js';
import { RecordMembersDto } from '../../platform/records/record-members.dto.js';
import { CreateMarketItemDto } from './create-market-item.dto.js';
import { MarketItemStatusDto } from './market-item-status.dto.js';

/** A marketplace item as it is answered and sent to other systems. */
export class MarketItemDto extends IntersectionType(
  RecordMembersDto,
  Complete(OmitType(CreateMarketItemDto, ['id', 'status'])),
  MarketItemStatusDto,
) {}

export const MarketItemPageDto = pageOf(MarketItemDto, 'MarketItem');
