import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { EncryptionKeySettings } from '../../config/settings.js';

/** A text as it is stored: nonce, ciphertext and tag, and the name of the key. */
export interface Sealed {
  readonly keyId: string;
  readonly sealed: Buffer;
}

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;

/**
 * Encrypts what is stored of secrets (AES-256-GCM). What is sealed for one purpose opens for that one
 * alone, so a row that was copied to another target is of no use there.
 */
export class SecretSealer {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  /** Name of the key that seals; undefined: there is none. */
  readonly currentKey: string | undefined;

  /** @param keys the first seals, all open */
  constructor(keys: readonly EncryptionKeySettings[]) {
    this.currentKey = keys[0]?.id;
    this.#keys = new Map(keys.map(({ id, key }) => [id, createSecretKey(key, 'base64')]));
  }

  /** Names of the keys that this process has. */
  get keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  /** @param purpose what the text is for; the same is needed to open it */
  seal(text: string, purpose: string): Sealed {
    const keyId = this.currentKey ?? '';
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.key(keyId), nonce, { authTagLength: tagLength });
    cipher.setAAD(Buffer.from(purpose));
    const encrypted = [nonce, cipher.update(text, 'utf8'), cipher.final()];
    return { keyId, sealed: Buffer.concat([...encrypted, cipher.getAuthTag()]) };
  }

  /** Throws if the key is not known, or the text was sealed for another purpose or changed since. */
  open({ keyId, sealed }: Sealed, purpose: string): string {
    const decipher = createDecipheriv(algorithm, this.key(keyId), sealed.subarray(0, nonceLength), {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(sealed.subarray(-tagLength));
    const text = [decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final()];
    return Buffer.concat(text).toString('utf8');
  }

  private key(keyId: string): KeyObject {
    const key = this.#keys.get(keyId);
    if (!key) throw new Error(`There is no key ${keyId}.`);
    return key;
  }
}
