import { type KeyObject, createPrivateKey } from 'node:crypto';
import { secretFile } from '../config/secret-file.js';

/** Reads a private key in PEM form, making it at the first use, readable by its owner alone. */
export function privateKeyFile(file: string, make: () => KeyObject): KeyObject {
  return createPrivateKey(secretFile(file, () => make().export({ type: 'pkcs8', format: 'pem' }).toString()));
}
