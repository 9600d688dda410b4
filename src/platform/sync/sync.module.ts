import { HttpModule } from '@nestjs/axios';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ReceiverGuard } from '../network/receiver-guard.js';
import { ChangeSignal } from './change-signal.js';
import { deliveryHttpOptions } from './delivery/delivery-adapter.js';
import { DeliveryClient } from './delivery/delivery-client.js';
import { type SyncedResource, syncedResources } from './synced-resource.js';
import { SyncService } from './sync.service.js';
import { readEncryptionKeys } from './targets/encryption-keys.js';
import { SecretSealer } from './targets/secret-sealer.js';
import { LogWatches } from './feed/log-watches.js';
import { ObservedClient } from './observation/observed-client.js';
import { DeliveryWaiter } from './wait/delivery-waiter.js';

/** Ships every change to the external systems. */
@Global()
@Module({})
export class SyncModule {
  /** @param resources those whose changes are delivered, of both databases */
  static forRoot(resources: readonly SyncedResource[]): DynamicModule {
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
        DeliveryClient,
        DeliveryWaiter,
        LogWatches,
        SecretSealer,
        SyncService,
      ],
    };
  }
}
