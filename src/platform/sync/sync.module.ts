import { HttpModule } from '@nestjs/axios';
import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ReceiverGuard } from '../network/receiver-guard.js';
import { ChangeSignal } from './change-signal.js';
import { deliveryHttpOptions } from './delivery/delivery-adapter.js';
import { DeliveryClient } from './delivery/delivery-client.js';
import { type SyncedResource, syncedResources } from './synced-resource.js';
import { SyncService } from './sync.service.js';
import { ReceiverConnections } from './network/receiver-connections.js';
import { TargetSender } from './target-types/target-sender.js';
import type { TargetType } from './target-types/target-type.js';
import { TargetTypes } from './target-types/target-types.js';
import { readEncryptionKeys } from './targets/encryption-keys.js';
import { SecretSealer } from './targets/secret-sealer.js';
import { LogWatches } from './feed/log-watches.js';
import { ObservedClient } from './observation/observed-client.js';
import { DeliveryWaiter } from './wait/delivery-waiter.js';

/** Ships every change to the external systems. */
@Global()
@Module({})
export class SyncModule {
  /**
   * @param resources those whose changes are delivered, of both databases
   * @param targetTypes what modules add to webhooks
   */
  static forRoot(
    resources: readonly SyncedResource[],
    targetTypes: readonly Type<TargetType>[],
  ): DynamicModule {
    return {
      module: SyncModule,
      imports: [
        HttpModule.registerAsync({
          inject: [Settings],
          useFactory: ({ production, sync }: Settings) =>
            deliveryHttpOptions({
              idleConnections: sync.concurrency,
              guard: new ReceiverGuard(production),
            }),
        }),
      ],
      providers: [
        { provide: syncedResources, useValue: resources },
        ChangeSignal,
        DeliveryClient,
        ReceiverConnections,
        ...targetTypes,
        {
          provide: TargetTypes,
          inject: [...targetTypes],
          useFactory: (...types: TargetType[]) => new TargetTypes(types),
        },
        TargetSender,
        ObservedClient,
        DeliveryWaiter,
        {
          provide: SecretSealer,
          inject: [Settings],
          useFactory: ({ encryption }: Settings) => new SecretSealer(readEncryptionKeys(encryption)),
        },
        LogWatches,
        SyncService,
      ],
      exports: [
        syncedResources,
        ChangeSignal,
        DeliveryWaiter,
        LogWatches,
        SecretSealer,
        SyncService,
        TargetSender,
        TargetTypes,
      ],
    };
  }
}
