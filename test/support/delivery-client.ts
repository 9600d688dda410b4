import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { ReceiverGuard } from '../../src/platform/network/receiver-guard.js';
import {
  type DeliveryAdapterOptions,
  deliveryHttpOptions,
} from '../../src/platform/sync/delivery/delivery-adapter.js';
import { DeliveryClient } from '../../src/platform/sync/delivery/delivery-client.js';
import type { Target } from '../../src/platform/sync/targets/target.js';
import { WebhookSignature } from '../../src/platform/sync/delivery/webhook-signature.js';
import { targetDefaults } from './target-defaults.js';

/** The rules of production, but for plain http, by which a test sees what arrives. */
export class PlainHttpGuard extends ReceiverGuard {
  constructor() {
    super(true);
  }

  override allowsProtocol(): boolean {
    return true;
  }
}

export function deliveryClient(changes: Partial<DeliveryAdapterOptions> = {}): DeliveryClient {
  const options = deliveryHttpOptions({ idleConnections: 4, guard: new ReceiverGuard(false), ...changes });
  return new DeliveryClient(new HttpService(axios.create(options)));
}

/** @param timeout milliseconds for one attempt */
export function targetAt(url: string, timeout: number): Target {
  return {
    ...targetDefaults,
    timeout,
    id: 1,
    name: 'environment',
    resource: { name: 'policies', type: 'policy', database: 'policy', table: 'policies' },
    url,
    signature: new WebhookSignature(`whsec_${'A'.repeat(44)}`),
  };
}
