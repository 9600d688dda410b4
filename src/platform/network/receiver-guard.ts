import { isIP } from 'node:net';
import { AllowedNetworks } from './allowed-networks.js';
import { classOf, parseAddress } from './ip-address.js';

const reasons = {
  loopback: 'a loopback address',
  internal: 'an address that is not public',
  forbidden: 'a link-local, metadata, multicast or unspecified address',
};

const localNames = /(^|\.)localhost$/;
const metadataNames = /^metadata$|^metadata\.goog(le\.internal)?$|^instance-data(\.ec2\.internal)?$/;

/**
 * Says where changes may be sent, so that nobody who may name a receiver reaches what only this machine can
 * reach. Public addresses may be sent to; others if the networks that are allowed for the receiver include
 * them; link-local, metadata, multicast and unspecified ones never. Outside production, loopback needs no
 * permission, and http is as good as https.
 */
export class ReceiverGuard {
  constructor(private readonly production: boolean) {}

  /**
   * What is wrong with the URL of a receiver, each to be read after the name of the URL. Never repeats the
   * URL, which could hold a password. The addresses of a name are not looked up: they may be others by the
   * time that something is sent.
   *
   * @param networks what {@link AllowedNetworks} accepts
   * @param list name of the list of them, for those who read the answer
   */
  urlProblems(url: string, networks: readonly string[], list: string): string[] {
    if (!URL.canParse(url)) return ['must have a host and a port that can exist'];
    const { protocol, username, password, href, hostname } = new URL(url);
    const problems: string[] = [];
    if (protocol !== 'http:' && protocol !== 'https:') return ['must begin with https://'];
    if (!this.allowsProtocol(protocol)) problems.push('must be https in production');
    if (username !== '' || password !== '')
      problems.push('must not hold a user or a password; the secret signs what is sent');
    if (href.includes('#')) problems.push('must not hold a fragment (#), which is never sent');
    const host = hostname.replace(/^\[|\]$|\.$/g, '');
    const refusal = metadataNames.test(host)
      ? 'forbidden'
      : this.refusal(localNames.test(host) ? '127.0.0.1' : host, AllowedNetworks.parse(networks));
    if (refusal === 'forbidden') problems.push(`must not lead to ${reasons[refusal]}`);
    else if (refusal !== undefined)
      problems.push(`must not lead to ${reasons[refusal]} unless ${list} includes it`);
    return problems;
  }

  allowsProtocol(protocol: string): boolean {
    return protocol === 'https:' || !this.production;
  }

  /**
   * @param host an IP address; a name is for the resolver to turn into addresses, and is not refused here
   * @returns what the address is, if nothing may be sent to it
   */
  refusal(host: string, networks: AllowedNetworks): keyof typeof reasons | undefined {
    if (isIP(host) === 0) return undefined;
    const address = parseAddress(host);
    const kind = classOf(address);
    if (kind === 'public' || (kind === 'loopback' && !this.production)) return undefined;
    return kind !== 'forbidden' && networks.include(address) ? undefined : kind;
  }
}
