import { Module } from '@nestjs/common';
import { RecordsModule } from '../platform/records/records.module.js';
import { PolicyController } from './policy.controller.js';
import { policyResource } from './policy.resource.js';
import { PolicyService } from './policy.service.js';

@Module({
  imports: [RecordsModule.forFeature(policyResource)],
  controllers: [PolicyController],
  providers: [PolicyService],
})
export class PolicyModule {
  static readonly resources = [policyResource];
}
