import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { AllowedNetworks } from '../../network/allowed-networks.js';
import type { ReceiverGuard } from '../../network/receiver-guard.js';
import { AddressNotAllowedError } from '../delivery/delivery-error.js';
import type { Resolve } from './host-resolver.js';

/** @returns the error if a connection to one of the addresses is not allowed */
export type AddressCheck = (host: string, addresses: readonly string[]) => AddressNotAllowedError | undefined;

/** @param entries networks that are allowed although they are not public */
export function addressCheck(guard: ReceiverGuard, entries: readonly string[]): AddressCheck {
  const networks = AllowedNetworks.parse(entries);
  return (host, addresses) => {
    const refused = addresses.filter((address) => guard.refusal(address, networks) !== undefined);
    if (refused.length === 0) return undefined;
    const name = isIP(host) === 0 ? ` (${host})` : '';
    return new AddressNotAllowedError(`its address is not allowed: ${refused.join(', ')}${name}`);
  };
}

/** A lookup that finds all addresses of a name, and fails if one of them is refused. */
export function checkedLookup(check: AddressCheck, resolve: Resolve): LookupFunction {
  const addressesOf = async (host: string): Promise<LookupAddress[]> => {
    const found = await resolve(host);
    const refusal = check(
      host,
      found.map(({ address }) => address),
    );
    if (refusal) throw refusal;
    return found;
  };
  const find = callbackify(addressesOf);
  return (host, { all }, callback) =>
    find(host, (error, found) => {
      const [first] = found ?? [];
      if (error || !first || all) callback(error, found ?? []);
      else callback(null, first.address, first.family);
    });
}
