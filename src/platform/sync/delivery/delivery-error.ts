/**
 * Why a target gave no answer, in a few words that can be stored and logged: never a header, a body or an
 * address, which may hold secrets.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  /**
   * @param error anything that a connection failed with
   * @param otherwise what to say of an error that is not known
   */
  static of(error: unknown, otherwise = 'connection failed'): DeliveryError {
    return error instanceof DeliveryError ? error : new DeliveryError(wordsFor(codeOf(error), otherwise));
  }
}

/** The words for a target whose address is refused: it takes an operator to set that right, not time. */
export const addressNotAllowed = 'address not allowed';

/** Nothing was sent, since the target leads where nothing may be sent. */
export class AddressNotAllowedError extends DeliveryError {
  /** @param detail what was refused and why, with the address: for the log of those who run the service alone */
  constructor(readonly detail: string) {
    super(addressNotAllowed);
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  EPROTO: 'TLS failed',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'host unreachable',
};

function wordsFor(code: string, otherwise: string): string {
  if (words[code]) return words[code];
  if (code.startsWith('HPE_')) return 'not an HTTP answer';
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) return 'TLS failed';
  return otherwise;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
