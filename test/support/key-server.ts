import { once } from 'node:events';
import { createServer } from 'node:http';
import { portOf } from './port-of.js';

/** An issuer's key server on loopback. */
export interface KeyServer {
  readonly url: string;
  /** What it publishes. */
  keys: unknown[];
  /** The status it answers with. */
  status: number;
  /** Where it sends those who ask, with the status 302. */
  location: string;
  /** Requests it got so far, to any address. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Publishes keys as a JSON Web Key Set on a free port. */
export async function startKeyServer(keys: unknown[] = []): Promise<KeyServer> {
  const requests: string[] = [];
  const state = { keys, status: 200, location: '' };
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response
      .writeHead(state.status, { 'content-type': 'application/json', location: state.location })
      .end(JSON.stringify({ keys: state.keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${portOf(server)}/jwks.json`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
