import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import { createHmsClient, ProblemError, unwrap } from '../../packages/client/src/index.js';
import { token } from './portal-token.js';

const { like, regex, integer } = MatchersV3;

const policy = { id: '123', title: 'Winter heating allowance' };
const path = { params: { path: { id: policy.id } } };
const problem = (status: number, code: string) => ({ status, code, detail: like('Says what is wrong.') });

/** What a portal for benefits needs of HMS-API. A portal's own repository holds such a file. */
export function describePolicyPortal(directory: string): void {
  const pact = new PactV4({
    consumer: 'benefits-portal',
    provider: 'HMS-API',
    dir: directory,
    logLevel: 'error',
  });
  const clientOf = ({ url }: { url: string }) => createHmsClient({ baseUrl: url, token, attempts: 1 });
  const authorized = { Authorization: like(`Bearer ${token}`) };
  const json = { 'Content-Type': 'application/json; charset=utf-8' };
  const refusal = { 'Content-Type': 'application/problem+json' };

  it('reads a policy', () =>
    pact
      .addInteraction()
      .given('there is a policy', policy)
      .uponReceiving('a read of a policy')
      .withRequest('GET', '/api/policies/123', (request) => request.headers(authorized))
      .willRespondWith(200, (answer) =>
        answer
          .headers({ ...json, ETag: regex(/^"\d+\.\d+"$/, '"1.1"') })
          .jsonBody({ ...policy, agency: like('hhs'), version: integer(1), status: like('draft') }),
      )
      .executeTest(async (server) => {
        const { data, response } = await clientOf(server).GET('/api/policies/{id}', path);
        expect(data).toMatchObject(policy);
        expect(response.headers.get('ETag')).toBe('"1.1"');
      }));

  it('changes one member, and gets the whole policy', () => {
    const description = 'Eligible for benefit through Dec 2025';
    return pact
      .addInteraction()
      .given('there is a policy', policy)
      .uponReceiving('a change of one member')
      .withRequest('PUT', '/api/policies/123', (request) =>
        request.headers({ ...authorized, 'If-Match': '"1.1"' }).jsonBody({ description }),
      )
      .willRespondWith(200, (answer) => answer.headers(json).jsonBody({ ...policy, description, version: 2 }))
      .executeTest(async (server) => {
        const header = { 'If-Match': '"1.1"' };
        const params = { ...path.params, header };
        const changed = await unwrap(
          clientOf(server).PUT('/api/policies/{id}', { params, body: { description } }),
        );
        expect(changed).toMatchObject({ ...policy, description, version: 2 });
      });
  });

  it('is told that somebody else was faster', () =>
    pact
      .addInteraction()
      .given('there is a policy', policy)
      .uponReceiving('a change of another version')
      .withRequest('PUT', '/api/policies/123', (request) =>
        request.headers({ ...authorized, 'If-Match': '"9.1"' }).jsonBody({ description: 'Too late' }),
      )
      .willRespondWith(412, (answer) => answer.headers(refusal).jsonBody(problem(412, 'precondition-failed')))
      .executeTest(async (server) => {
        const params = { ...path.params, header: { 'If-Match': '"9.1"' } };
        const body = { description: 'Too late' };
        const change = unwrap(clientOf(server).PUT('/api/policies/{id}', { params, body }));
        await expect(change).rejects.toMatchObject({ code: 'precondition-failed' });
      }));

  it('is told that there is no such policy', () =>
    pact
      .addInteraction()
      .given('there is no policy')
      .uponReceiving('a read of a policy that is not there')
      .withRequest('GET', '/api/policies/123', (request) => request.headers(authorized))
      .willRespondWith(404, (answer) => answer.headers(refusal).jsonBody(problem(404, 'not-found')))
      .executeTest(async (server) => {
        const read = unwrap(clientOf(server).GET('/api/policies/{id}', path));
        await expect(read).rejects.toBeInstanceOf(ProblemError);
      }));
}
