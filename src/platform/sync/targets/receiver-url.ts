import { ReceiverGuard } from '../../network/receiver-guard.js';
import type { TargetTypes } from '../target-types/target-types.js';

/** By what the address of a receiver is judged. */
export interface UrlRules {
  /** Networks in which it may be although they are not public. */
  readonly allowedNetworks: readonly string[];
  readonly types: TargetTypes;
  readonly production: boolean;
}

/**
 * What is wrong with the address of a receiver, as a sentence; undefined: nothing. Never repeats the
 * address, which could hold a password.
 */
export function checkReceiverUrl(
  url: string,
  { allowedNetworks, types, production }: UrlRules,
): string | undefined {
  const type = types.find(url);
  if (type && URL.canParse(url) && !/[\s{}]/.test(url)) {
    const parsed = new URL(url);
    if (parsed.password !== '') return 'Must not hold a password, which belongs in headers.';
    return type.urlProblem(parsed, allowedNetworks);
  }
  if (!/^https?:\/\/[^\s/{}]+[^\s{}]*$/.test(url)) {
    const others = types.schemes.map((scheme) => `, or one that begins with ${scheme}:`).join('');
    return `Must be a URL such as https://external.gov/api/policies/sync${others}, without blanks and braces.`;
  }
  const [problem] = new ReceiverGuard(production).urlProblems(url, allowedNetworks, 'allowedNetworks');
  return problem?.replace(/^must/, 'Must').concat('.');
}
