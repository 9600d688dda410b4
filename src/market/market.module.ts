import { Module } from '@nestjs/common';
import { RecordsModule } from '../platform/records/records.module.js';
import { MarketController } from './market.controller.js';
import { marketItemResource } from './market.resource.js';
import { MarketService } from './market.service.js';

@Module({
  imports: [RecordsModule.forFeature(marketItemResource)],
  controllers: [MarketController],
  providers: [MarketService],
})
export class MarketModule {
  static readonly resources = [marketItemResource];
}
