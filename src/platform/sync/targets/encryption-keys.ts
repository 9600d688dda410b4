import { randomBytes } from 'node:crypto';
import type { EncryptionKeySettings, Settings } from '../../config/settings.js';
import { secretFile } from '../../config/secret-file.js';
import { StartupError } from '../../config/startup.error.js';
import { messageOf } from '../../database/error-details.js';

const madeKey = 'development';

/**
 * The keys under which secrets are stored; the first seals, all open. Outside production one is made where
 * none is configured.
 *
 * @throws {StartupError} when the file of that one cannot be used
 */
export function readEncryptionKeys({
  keys,
  keyFile,
}: Settings['encryption']): readonly EncryptionKeySettings[] {
  if (keyFile === undefined) return keys;
  try {
    const key = secretFile(keyFile, () => randomBytes(32).toString('base64'));
    if (Buffer.from(key, 'base64').length !== 32) throw new Error('it holds no base64 of 32 bytes');
    return [{ id: madeKey, key }];
  } catch (error) {
    throw new StartupError(
      `The key of the sync secrets ${keyFile} cannot be used (${messageOf(error)}): make it readable to this ` +
        'user; without it the secrets of the targets that were made over the API are lost.',
    );
  }
}
