import { Webhook } from 'standardwebhooks';
import { until } from '../gate.js';
import type { KeptMembers } from '../../../src/platform/sync/payload.js';
import type { Answer } from '../app.js';
import type { Receiver } from '../receiver.js';
import type { ResourceContract } from './resource-contract.js';

/** The secret that the changes of every resource are signed with in tests. */
export const syncSecret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

/** Versions are kept, and each is delivered. */
export function describeDelivery(contract: ResourceContract, receiver: () => Receiver): void {
  const { name, path, sample, change, request, post, resource } = contract;
  const sent = ({ body }: Answer): object => resource.payload?.of(body as unknown as KeptMembers) ?? body;

  it('keeps every version, and can go back to one', async () => {
    await post('kept');
    await request('PUT', `${path}/kept`, { body: change });
    await request('DELETE', `${path}/kept`);
    const versions = await request('GET', `${path}/kept/versions`);
    expect(versions).toMatchObject({
      status: 200,
      body: {
        items: [
          { version: 3, action: 'deleted' },
          { version: 2, action: 'updated' },
          { version: 1, action: 'created' },
        ],
      },
    });
    expect((await request('GET', `${path}/kept/versions/1`)).body).toMatchObject({ ...sample, version: 1 });
    const restored = await request('POST', `${path}/kept/versions/1/restore`);
    expect(restored).toMatchObject({ status: 200, body: { ...sample, version: 4, deleted: false } });
    expect((await request('GET', `${path}/kept/versions`, { agency: 'epa' })).status).toBe(404);
  });

  it('delivers every version in order, signed, as it was answered or as the resource maps it', async () => {
    const made = await post('delivered');
    const changed = await request('PUT', `${path}/delivered`, { body: change });
    await request('DELETE', `${path}/delivered`);
    const key = `${name}/hhs/delivered`;
    await until('all is delivered', () => receiver().versionsOf(key).length >= 3);
    expect(receiver().versionsOf(key)).toEqual([1, 2, 3]);
    const messages = receiver().received.filter(({ record }) => record === key);
    const bodies = messages.map(
      ({ body, headers }) =>
        new Webhook(syncSecret).verify(body.toString(), headers as Record<string, string>) as {
          id: string;
          data: object;
        },
    );
    expect(bodies).toMatchObject([
      { id: 'delivered', data: sent(made) },
      { id: 'delivered', data: sent(changed) },
      { id: 'delivered', data: { version: 3, deleted: true } },
    ]);
    expect(messages.map(({ headers }) => headers['ce-type'])).toEqual(
      ['created', 'updated', 'deleted'].map((action) => `gov.hms.${resource.type}.${action}`),
    );
  });
}
