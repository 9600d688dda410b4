import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartupError } from '../../config/startup.error.js';
import type { Settings } from '../../config/settings.js';
import { messageOf } from '../../database/error-details.js';
import { privateKeyFile } from '../../auth/private-key-file.js';

/** The key that signs checkpoints, and all whose checkpoints are accepted. */
export interface AuditKeys {
  readonly signing: KeyObject;
  /** The public key of the signing one, then older ones. */
  readonly accepted: readonly KeyObject[];
}

/**
 * Reads the key of the checkpoints: an Ed25519 private key in PEM form, after which the public keys of
 * earlier ones may follow in the same file. Outside production it is made when no file is configured.
 *
 * @throws {StartupError} when it cannot be read, or holds another kind of key
 */
export function readAuditKeys({ keyFile, makesKey }: Settings['audit']): AuditKeys {
  try {
    if (makesKey) privateKeyFile(keyFile, () => generateKeyPairSync('ed25519').privateKey);
    const pem = readFileSync(keyFile, 'utf8');
    const signing = ed25519(createPrivateKey(pem));
    return { signing, accepted: [createPublicKey(signing), ...publicKeysOf(pem)] };
  } catch (error) {
    throw new StartupError(
      `The key of the audit checkpoints ${keyFile} cannot be used (${messageOf(error)}): it must be an Ed25519 ` +
        'private key in PEM form, readable to this user. Make one with: openssl genpkey -algorithm ed25519.',
    );
  }
}

/** The public keys in a text, each in PEM form. */
export function publicKeysOf(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  return blocks.map((block) => ed25519(createPublicKey(block)));
}

/** A public key in PEM form. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function ed25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key of type ${key.asymmetricKeyType}`);
  return key;
}
