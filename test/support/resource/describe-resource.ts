import type { Resource } from '../../../src/platform/records/resource.js';
import type { VersionedRecord } from '../../../src/platform/records/versioned-record.entity.js';
import { startApp } from '../app.js';
import { Receiver } from '../receiver.js';
import { describeAccess } from './describe-access.js';
import { describeConditions } from './describe-conditions.js';
import { describeDelivery, syncSecret } from './describe-delivery.js';
import { describeHttp } from './describe-http.js';
import { describeValidation } from './describe-validation.js';
import { describeWrites } from './describe-writes.js';
import { ResourceContract, type Samples } from './resource-contract.js';

/**
 * Holds a resource to all that every resource is: who may use it, agencies kept apart, conditional requests, wrong
 * values refused over HTTP and in SQL, history, delivery, and answers as `openapi.json` has them.
 *
 * @param further tests of the resource's own, on the same running service
 */
export function describeResource<Entity extends VersionedRecord>(
  resource: Resource<Entity>,
  samples: Samples,
  further: (contract: ResourceContract) => void = () => undefined,
): void {
  describe(`${resource.name} over HTTP`, () => {
    const contract = new ResourceContract(resource, samples);
    let receiver: Receiver;

    beforeAll(async () => {
      receiver = await Receiver.start();
      contract.service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: syncSecret });
    });

    afterAll(async () => {
      await contract.service?.close();
      await receiver?.down();
    });

    describeWrites(contract);
    describeConditions(contract);
    describeAccess(contract);
    describeHttp(contract);
    describeValidation(contract);
    describeDelivery(contract, () => receiver);
    further(contract);
  });
}
