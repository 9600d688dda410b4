import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../platform/auth/request-context.js';
import { ProblemError } from '../platform/http/problems/problem.error.js';
import { InjectRecords } from '../platform/records/inject-records.decorator.js';
import { withReason } from '../platform/records/life-cycle/transition.dto.js';
import type { ReadQueryDto } from '../platform/records/read-query.dto.js';
import type { RecordChange } from '../platform/records/record-change.js';
import type { RecordDocument, RecordPage } from '../platform/records/record-document.js';
import type { RecordStore, RunOwnUpdate } from '../platform/records/record-store.js';
import type { RecordTarget } from '../platform/records/record-target.decorator.js';
import type { AdjustAvailabilityDto } from './dto/adjust-availability.dto.js';
import type { CreateMarketItemDto } from './dto/create-market-item.dto.js';
import type { ListMarketItemsDto } from './dto/list-market-items.dto.js';
import type { TransitionMarketItemDto } from './dto/transition-market-item.dto.js';
import { MarketItem } from './market-item.entity.js';
import { quantityAdjustment } from './quantity-adjustment.js';

/** The marketplace items of the caller's agency. The rules that are only an item's belong here. */
@Injectable()
export class MarketService {
  private readonly adjustQuantity: RunOwnUpdate;

  constructor(@InjectRecords(MarketItem) private readonly items: RecordStore<MarketItem>) {
    this.adjustQuantity = items.ownUpdate(quantityAdjustment);
  }

  list(context: RequestContext, query: ListMarketItemsDto): Promise<RecordPage> {
    return this.items.list(context, query);
  }

  get({ context, id }: RecordTarget, query: ReadQueryDto): Promise<RecordDocument> {
    return this.items.get(context, id, query);
  }

  create(context: RequestContext, item: CreateMarketItemDto): Promise<RecordDocument> {
    return this.items.create(context, item);
  }

  update({ context, id, accepted }: RecordTarget, change: RecordChange): Promise<RecordDocument> {
    return this.items.update(context, id, change, accepted);
  }

  /** @throws {ProblemError} `invalid-transition`, and as an update */
  transition(
    { context, id, accepted }: RecordTarget,
    transition: TransitionMarketItemDto,
  ): Promise<RecordDocument> {
    return this.items.transition(withReason(context, transition), id, transition.to, accepted);
  }

  /** @throws {ProblemError} `insufficient-quantity`, and as an update */
  async adjustAvailability(
    { context, id, accepted }: RecordTarget,
    { by }: AdjustAvailabilityDto,
  ): Promise<RecordDocument> {
    const adjusted = await this.adjustQuantity(context, id, [by], accepted);
    if (adjusted) return adjusted;
    throw new ProblemError(
      'insufficient-quantity',
      by < 0
        ? `The item has no quantity, or one of less than ${-by}.`
        : 'The item has no quantity, or one that is too large; set availability.quantity first.',
    );
  }

  remove({ context, id, accepted }: RecordTarget): Promise<void> {
    return this.items.remove(context, id, accepted);
  }
}
