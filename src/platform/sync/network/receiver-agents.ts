import { type AgentOptions, Agent as HttpAgent, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { ReceiverGuard } from '../../network/receiver-guard.js';
import { addressCheck, checkedLookup } from './address-check.js';
import type { Resolve } from './host-resolver.js';

/** Options of a request through the agents. */
export interface ReceiverRequestOptions extends RequestOptions {
  /** Those of the target. */
  readonly allowedNetworks: readonly string[];
}

export interface ReceiverAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * Makes agents whose connections lead only where the guard lets them. All addresses that a name has at the
 * moment of connecting are checked, and those are the ones that are connected to: a name that resolves to
 * something else afterwards changes nothing. If one of them is refused, none is used. A connection serves
 * requests with the same allowed networks alone.
 *
 * A request that is refused fails with `AddressNotAllowedError`.
 */
export function createReceiverAgents(
  options: AgentOptions,
  guard: ReceiverGuard,
  resolve: Resolve,
): ReceiverAgents {
  const guarded = <A extends HttpAgent>(agent: A): A => {
    const connect = agent.createConnection.bind(agent);
    const nameOf = agent.getName.bind(agent);
    agent.getName = (request) => `${nameOf(request)}:${networksOf(request).join()}`;
    agent.createConnection = (request, callback) => {
      const check = addressCheck(guard, networksOf(request));
      const host = request.host ?? '';
      // Node asks the resolver about names only.
      const refusal = isIP(host) === 0 ? undefined : check(host, [host]);
      if (!refusal) return connect({ ...request, lookup: checkedLookup(check, resolve) }, callback);
      // Typed as always with a connection, which there is none of after an error.
      callback?.(refusal, undefined as never);
      return undefined;
    };
    return agent;
  };
  return { http: guarded(new HttpAgent(options)), https: guarded(new HttpsAgent(options)) };
}

function networksOf(request: RequestOptions | undefined): readonly string[] {
  return (request as ReceiverRequestOptions | undefined)?.allowedNetworks ?? [];
}
