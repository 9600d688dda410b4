import { ReceiverGuard } from '../../network/receiver-guard.js';

/**
 * What is wrong with the address of a receiver, as a sentence; undefined: nothing. Never repeats the
 * address, which could hold a password.
 *
 * @param allowedNetworks networks in which it may be although they are not public
 */
export function checkReceiverUrl(
  url: string,
  allowedNetworks: readonly string[],
  production: boolean,
): string | undefined {
  if (!/^https?:\/\/[^\s/{}]+[^\s{}]*$/.test(url))
    return 'Must be a URL such as https://external.gov/api/policies/sync, without blanks and braces.';
  const [problem] = new ReceiverGuard(production).urlProblems(url, allowedNetworks, 'allowedNetworks');
  return problem?.replace(/^must/, 'Must').concat('.');
}
