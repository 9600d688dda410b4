import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

/** Finds all addresses of a name, as the system does. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/**
 * Makes a resolver that asks for a name once at a time, and gives all who wait for it the same answer. The
 * system's resolver cannot be stopped and takes one of the few threads of Node: a name whose servers are
 * silent must not take them all.
 */
export function createHostResolver(resolve: Resolve = (host) => lookup(host, { all: true })): Resolve {
  const underWay = new Map<string, Promise<LookupAddress[]>>();
  return (host) => {
    const known = underWay.get(host);
    if (known) return known;
    const asked = resolve(host).finally(() => underWay.delete(host));
    underWay.set(host, asked);
    return asked;
  };
}
