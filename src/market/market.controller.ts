import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../platform/auth/request-context.js';
import { Context } from '../platform/auth/request-context.decorator.js';
import { RequireScope } from '../platform/auth/require-scope.decorator.js';
import { ReadQueryDto } from '../platform/records/read-query.dto.js';
import { ChangeBody, PatchBody } from '../platform/records/change-body.decorator.js';
import type { RecordChange } from '../platform/records/record-change.js';
import type { RecordDocument, RecordPage } from '../platform/records/record-document.js';
import { ApiChangeRecord } from '../platform/records/record-operations.decorator.js';
import { Records } from '../platform/records/record-routes.decorator.js';
import { type RecordTarget, Target } from '../platform/records/record-target.decorator.js';
import { AdjustAvailabilityDto } from './dto/adjust-availability.dto.js';
import { CreateMarketItemDto } from './dto/create-market-item.dto.js';
import { ListMarketItemsDto } from './dto/list-market-items.dto.js';
import { MarketItemDto, MarketItemPageDto } from './dto/market-item.dto.js';
import { TransitionMarketItemDto } from './dto/transition-market-item.dto.js';
import { UpdateMarketItemDto } from './dto/update-market-item.dto.js';
import { MarketService } from './market.service.js';

@ApiTags('items')
@Controller('market/items')
export class MarketController {
  constructor(private readonly items: MarketService) {}

  @Records.List('items:read', 'List items', MarketItemPageDto)
  list(@Context() context: RequestContext, @Query() query: ListMarketItemsDto): Promise<RecordPage> {
    return this.items.list(context, query);
  }

  @Records.Create('items:write', 'Make an item', MarketItemDto)
  create(@Context() context: RequestContext, @Body() item: CreateMarketItemDto): Promise<RecordDocument> {
    return this.items.create(context, item);
  }

  @Records.Get('items:read', 'Read an item', MarketItemDto)
  get(@Target() target: RecordTarget, @Query() query: ReadQueryDto): Promise<RecordDocument> {
    return this.items.get(target, query);
  }

  @Records.Update('items:write', 'Change an item', UpdateMarketItemDto, MarketItemDto)
  update(
    @Target() target: RecordTarget,
    @ChangeBody(UpdateMarketItemDto) change: RecordChange,
  ): Promise<RecordDocument> {
    return this.items.update(target, change);
  }

  @Records.Patch(
    'items:write',
    'Change an item, and objects within it in part',
    UpdateMarketItemDto,
    MarketItemDto,
  )
  patch(
    @Target() target: RecordTarget,
    @PatchBody(UpdateMarketItemDto) change: RecordChange,
  ): Promise<RecordDocument> {
    return this.items.update(target, change);
  }

  @Post(':id/transitions')
  @RequireScope('items:write')
  @ApiChangeRecord('Bring an item into another state', MarketItemDto, {
    description: 'draft → listed; listed ⇄ suspended; listed or suspended → withdrawn; withdrawn → draft.',
    conflict: 'The item does not go there from its state.',
  })
  transition(
    @Target() target: RecordTarget,
    @Body() transition: TransitionMarketItemDto,
  ): Promise<RecordDocument> {
    return this.items.transition(target, transition);
  }

  @Post(':id/availability/adjust')
  @RequireScope('items:write')
  @ApiChangeRecord('Add to the quantity of an item, or take from it', MarketItemDto, {
    description:
      'Computed from the quantity as it is at that moment: of many who take at once, none takes what is not there. ' +
      'Sent twice it counts twice; with If-Match or an Idempotency-Key it counts once.',
    conflict: 'There are not so many, or the item has no quantity.',
  })
  adjustAvailability(
    @Target() target: RecordTarget,
    @Body() adjustment: AdjustAvailabilityDto,
  ): Promise<RecordDocument> {
    return this.items.adjustAvailability(target, adjustment);
  }

  @Records.Remove('items:write', 'Delete an item')
  remove(@Target() target: RecordTarget): Promise<void> {
    return this.items.remove(target);
  }
}
