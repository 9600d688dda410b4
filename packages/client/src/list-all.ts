import type { HmsClient } from './hms-client.js';
import { unwrap } from './problem.error.js';
import type { paths } from './schema.js';
import type { UntypedClient } from './untyped-client.js';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: { readonly nextCursor: string | null };
}

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;
type Cursor<P extends keyof paths> = Answer<P> extends { page: { nextCursor: infer C } } ? C : never;
/** The lists that are asked for by their path alone and have an end, unlike the feeds of changes. */
type ListPath = {
  [P in keyof paths]: paths[P] extends { get: { parameters: { path?: never } } }
    ? null extends Cursor<P>
      ? P
      : never
    : never;
}[keyof paths];
type Query<P extends ListPath> = paths[P]['get']['parameters']['query'];
type Item<P extends ListPath> = Answer<P> extends Page<infer Entry> ? Entry : never;

/**
 * Every entry of a list, page after page: `for await (const policy of listAll(client, '/api/policies'))`.
 *
 * @throws {ProblemError} as the service refuses
 */
export async function* listAll<P extends ListPath>(
  client: HmsClient,
  path: P,
  query?: Query<P>,
): AsyncGenerator<Item<P>, void, undefined> {
  const { GET } = client as unknown as UntypedClient;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const given = { ...query, ...(cursor !== undefined && { cursor }) };
    const { items, page } = (await unwrap(GET(path, { params: { query: given } }))) as Page<Item<P>>;
    yield* items;
    cursor = page.nextCursor;
  }
}
