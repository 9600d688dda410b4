import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import { createHmsClient, unwrap } from '../../packages/client/src/index.js';
import { token } from './portal-token.js';

const { eachLike, integer, like, nullValue } = MatchersV3;

const item = { id: 'insulation-check', name: 'Home insulation check' };

/** What a marketplace portal needs of HMS-MKT. A portal's own repository holds such a file. */
export function describeMarketPortal(directory: string): void {
  const pact = new PactV4({
    consumer: 'marketplace-portal',
    provider: 'HMS-MKT',
    dir: directory,
    logLevel: 'error',
  });
  const clientOf = ({ url }: { url: string }) => createHmsClient({ baseUrl: url, token, attempts: 1 });
  const authorized = { Authorization: like(`Bearer ${token}`) };
  const json = { 'Content-Type': 'application/json; charset=utf-8' };

  it('makes an item', () =>
    pact
      .addInteraction()
      .given('there is no item')
      .uponReceiving('a new item')
      .withRequest('POST', '/api/market/items', (request) => request.headers(authorized).jsonBody(item))
      .willRespondWith(201, (answer) =>
        answer
          .headers({ ...json, Location: '/api/market/items/insulation-check' })
          .jsonBody({ ...item, agency: like('hhs'), version: 1, status: like('draft') }),
      )
      .executeTest(async (server) => {
        const made = await unwrap(clientOf(server).POST('/api/market/items', { body: item }));
        expect(made).toMatchObject({ ...item, version: 1 });
      }));

  it('lists the items', () =>
    pact
      .addInteraction()
      .given('there is an item', item)
      .uponReceiving('the first page of the items')
      .withRequest('GET', '/api/market/items', (request) =>
        request.headers(authorized).query({ limit: '10' }),
      )
      .willRespondWith(200, (answer) =>
        answer.headers(json).jsonBody({
          items: eachLike({ id: like(item.id), name: like(item.name), version: integer(1) }),
          page: { limit: 10, nextCursor: nullValue() },
        }),
      )
      .executeTest(async (server) => {
        const list = clientOf(server).GET('/api/market/items', { params: { query: { limit: 10 } } });
        expect((await unwrap(list)).items).toMatchObject([item]);
      }));

  it('deletes an item', () =>
    pact
      .addInteraction()
      .given('there is an item', item)
      .uponReceiving('a deletion of an item')
      .withRequest('DELETE', `/api/market/items/${item.id}`, (request) => request.headers(authorized))
      .willRespondWith(204)
      .executeTest(async (server) => {
        const deletion = clientOf(server).DELETE('/api/market/items/{id}', {
          params: { path: { id: item.id } },
        });
        expect((await deletion).response.status).toBe(204);
      }));
}
