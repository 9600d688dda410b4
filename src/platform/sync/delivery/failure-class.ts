/**
 * What a failed attempt says: something about the record (`record`), about how the target is set up
 * (`misconfigured`), that the target is given up (`gone`), or nothing that would last (`passing`).
 */
export type FailureClass = 'record' | 'misconfigured' | 'gone' | 'passing';

/** Refused before anybody looked at the record: wrong credentials, wrong address, wrong kind of server. */
const misconfigured: ReadonlySet<number> = new Set([401, 403, 404, 405, 407]);
/** Too slow, too early, too many: of the 4xx, those that ask for the same request again. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * @param status of the answer; null: there was none
 * @param error why there was none, as a `DeliveryError` says it
 */
export function failureClass(status: number | null, error: string | null): FailureClass {
  if (status === null) return error === 'address not allowed' ? 'misconfigured' : 'passing';
  if (status === 410) return 'gone';
  if (misconfigured.has(status) || (status >= 300 && status < 400)) return 'misconfigured';
  return status >= 400 && status < 500 && !passing.has(status) ? 'record' : 'passing';
}
