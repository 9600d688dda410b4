import { startApp, type TestApp } from '../support/app.js';
import { ApiDocument } from '../support/contract/api-document.js';

const requests = ApiDocument.read()
  .requests()
  .filter(({ body }) => body !== undefined);
/** What the examples refer to is made first: the items and the changes are of the example of a policy. */
const inOrder = requests.toSorted(
  (a, b) =>
    Number(b.operation.operationId === 'policy.create') - Number(a.operation.operationId === 'policy.create'),
);

describe('The examples of request bodies', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
    await service.request('POST', '/api/policies', { body: { id: '122', title: 'The one before' } });
  });

  afterAll(() => service?.close());

  it.each(inOrder.map((request) => [request.operation.operationId, request] as const))(
    'of %s is taken by the service',
    async (_name, { operation, method, path, mediaType, body }) => {
      const scopes = (operation.security as Record<string, string[]>[]).flatMap(
        (each) => each['bearer'] ?? [],
      );
      const answer = await service.request(method, path, {
        body,
        scopes: [...scopes, 'platform:sync'],
        headers: { 'Content-Type': mediaType ?? '' },
      });
      // What is not there, or not in the state for it, was read all the same.
      const read = answer.status < 300 || answer.status === 404 || answer.status === 409;
      expect({ read, body: answer.body }).toEqual({ read: true, body: answer.body });
    },
  );
});
