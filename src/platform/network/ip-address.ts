import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;
/** Its first address, and how many bits all of its addresses have in common. */
export type IpNetwork = readonly [first: IpAddress, prefix: number];

/**
 * Where an address leads: `public`, into the internet; `loopback`, to this machine; `internal`, into a network
 * of one's own or to one that has a special purpose. `forbidden` is what no receiver of changes can have.
 */
export type AddressClass = 'public' | 'loopback' | 'internal' | 'forbidden';

/**
 * @param text as `URL` and the resolver write it; without the brackets of a URL
 * @returns the address that a connection is made to: the IPv4 address for one that stands for it in IPv6,
 *   IPv4-mapped or of NAT64 (RFC 6052)
 */
export function parseAddress(text: string): IpAddress {
  if (isIP(text) === 0) throw new TypeError('Not an IP address.');
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 && isWithin(address, embeddings)
    ? new ipaddr.IPv4(address.toByteArray().slice(12))
    : address;
}

export function classOf(address: IpAddress): AddressClass {
  const range = address.range();
  if (range === 'loopback') return 'loopback';
  if (neverReceivers.has(range) || isWithin(address, forbidden)) return 'forbidden';
  return range === 'unicast' && isAllocated(address) ? 'public' : 'internal';
}

export function isWithin(address: IpAddress, networks: readonly IpNetwork[]): boolean {
  return networks.some(([first, prefix]) => first.kind() === address.kind() && address.match(first, prefix));
}

/** IPv6 addresses whose last 32 bits are the IPv4 address that is connected to. */
const embeddings = ['::ffff:0:0/96', '64:ff9b::/96'].map((text) => ipaddr.parseCIDR(text));

const neverReceivers: ReadonlySet<string> = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast']);

const forbidden = [
  // Metadata and host services of clouds that are not link-local: Alibaba, Oracle, Azure, AWS, Google.
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  // What hides an IPv4 address, of which nobody can say how it is reached: IPv4-compatible, IPv4-translated,
  // NAT64 of a site's own (RFC 8215), Teredo, 6to4.
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
].map((text) => ipaddr.parseCIDR(text));

/** The part of IPv6 that public addresses are given from. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

function isAllocated(address: IpAddress): boolean {
  return address.kind() === 'ipv4' || isWithin(address, [globalUnicast]);
}
