import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { type RetryOptions, withRetries } from './retry.js';
import type { paths } from './schema.js';

/** Every operation of the document, by method and path: `client.GET('/api/policies/{id}', …)`. */
export type HmsClient = Client<paths>;

export interface HmsClientOptions extends RetryOptions {
  /** Where the service is, without `/api`: `https://api.gov`. */
  readonly baseUrl: string;
  /** The token of your agency's issuer, or what gets a fresh one; asked before each request. */
  readonly token: string | (() => string | Promise<string>);
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A client of the service. Each request carries the token; a POST but an import carries an `Idempotency-Key` of
 * its own unless it is given one, so that it is carried out once however often it is sent; what fails for the moment
 * is sent again as {@link RetryOptions} say.
 *
 * Its methods resolve to `{ data, error, response }` and reject only where no answer came; `unwrap` makes
 * the data of that, or a `ProblemError`.
 */
export function createHmsClient(options: HmsClientOptions): HmsClient {
  const { baseUrl, token, fetch = globalThis.fetch } = options;
  const client = createClient<paths>({ baseUrl, fetch: withRetries(fetch, options) });
  client.use(authorization(token), idempotency);
  return client;
}

const authorization = (token: HmsClientOptions['token']): Middleware => ({
  async onRequest({ request }) {
    if (!request.headers.has('Authorization'))
      request.headers.set('Authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
    return request;
  },
});

/** Imports take no key: their body is read as it arrives. */
const idempotency: Middleware = {
  onRequest({ request, schemaPath }) {
    if (
      request.method === 'POST' &&
      !schemaPath.endsWith(':import') &&
      !request.headers.has('Idempotency-Key')
    )
      request.headers.set('Idempotency-Key', crypto.randomUUID());
    return request;
  },
};
