import { ReceiverGuard } from '../network/receiver-guard.js';

/**
 * What is wrong with the address of the external system, one sentence for each. Never repeats the address,
 * which could hold a password.
 *
 * @param url with `{resource}`; one that does not begin with http:// or https:// is for others to refuse
 * @param networks those of `SYNC_ALLOWED_NETWORKS`
 */
export function syncUrlProblems(url: string, networks: readonly string[], production: boolean): string[] {
  if (!/^https?:\/\//.test(url)) return [];
  const problems: string[] = [];
  if (/[{}]/.test(url.replaceAll('{resource}', '')))
    problems.push('SYNC_URL may hold {resource}, and no other braces.');
  const address = url.replaceAll(/\{[^{}]*\}/g, 'policies');
  return [
    ...problems,
    ...new ReceiverGuard(production)
      .urlProblems(address, networks, 'SYNC_ALLOWED_NETWORKS')
      .map((problem) => `SYNC_URL ${problem}.`),
  ];
}
