import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { classOf, type IpAddress, type IpNetwork, isWithin } from './ip-address.js';

/** Networks that are not public and may be sent to all the same. */
export class AllowedNetworks {
  private constructor(private readonly networks: readonly IpNetwork[]) {}

  /**
   * @param entries each a network such as `10.20.0.0/16`, or one address
   * @throws {TypeError} if {@link networkProblem} finds something in one of them
   */
  static parse(entries: readonly string[]): AllowedNetworks {
    const problem = entries.map(networkProblem).find((found) => found !== undefined);
    if (problem !== undefined) throw new TypeError(`Allowed networks ${problem}.`);
    return new AllowedNetworks(entries.map(parseNetwork));
  }

  include(address: IpAddress): boolean {
    return isWithin(address, this.networks);
  }
}

/** What is wrong with an entry, to be read after the name of the list; undefined if nothing is. */
export function networkProblem(entry: string): string | undefined {
  if (!isNetwork(entry))
    return 'must hold networks such as 10.20.0.0/16 or fd12:3456::/48, or single addresses';
  const [first, prefix] = parseNetwork(entry);
  const [lowest, highest] = bounds(first, prefix);
  if (first.toString() !== lowest.toString())
    return `must name a network by its first address: ${lowest.toString()}/${prefix}, not ${entry}`;
  // A range as a whole, not merely two ends that happen to be forbidden, as those of 0.0.0.0/0 are.
  if (
    classOf(lowest) === 'forbidden' &&
    classOf(highest) === 'forbidden' &&
    lowest.range() === highest.range()
  )
    return `must not hold ${entry}: nothing is ever sent there`;
  if (first.range() === 'ipv4Mapped' || first.range() === 'rfc6052')
    return `must hold IPv4 networks in dots, such as 10.20.0.0/16, not ${entry}`;
  return undefined;
}

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  // No scope of a link: what follows a % belongs to this machine alone.
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

function parseNetwork(entry: string): IpNetwork {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry);
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function bounds(first: IpAddress, prefix: number): [lowest: IpAddress, highest: IpAddress] {
  const family = first instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const text = `${first.toString()}/${prefix}`;
  return [family.networkAddressFromCIDR(text), family.broadcastAddressFromCIDR(text)];
}
